import type { Structure } from '../model.ts'
import { number, structure, text, texts } from './property.ts'
import {
  changes,
  hasCode,
  type Outcome,
  type Provider,
  type Providers,
  type ResourceContext,
} from './provider.ts'
import { ResourceFailure } from './resource-failure.ts'
import { waitProviders } from './wait-conditions.ts'

const POLL_MS = 100

async function stackOf(context: ResourceContext, StackName: string) {
  const { Stacks } = await context.aws.cloudformation.describeStacks({ StackName })
  return Stacks?.[0]
}

type Verb = 'created' | 'updated' | 'deleted'

/** Waits for the nested stack; its outputs are this resource's attributes. */
async function settled(
  context: ResourceContext,
  id: string,
  verb: Verb,
  wanted: RegExp,
): Promise<Outcome> {
  for (;;) {
    const stack = await stackOf(context, id)
    const status = stack?.StackStatus ?? 'DELETE_COMPLETE'
    if (!status.endsWith('_IN_PROGRESS')) {
      if (!wanted.test(status)) {
        const reason = (await context.failureOf(id)) ?? stack?.StackStatusReason ?? status
        const told = verb === 'updated' ? `. Currently in ${status} with reason: ` : ': '
        // Whether its parent goes back as well is the parent's own matter.
        const why = reason.replace(/(Rollback|Delete) requested by user\.$/, '')
        throw new ResourceFailure(`Embedded stack ${id} was not successfully ${verb}${told}${why}`)
      }
      const outputs = (stack?.Outputs ?? []).map((output) => [
        `Outputs.${output.OutputKey}`,
        output.OutputValue ?? '',
      ])
      return { physicalId: id, attributes: Object.fromEntries(outputs) as Structure }
    }
    await context.sleep(POLL_MS)
  }
}

function nestedInput(context: ResourceContext, properties: Structure) {
  return {
    TemplateURL: text(properties['TemplateURL']),
    Parameters: Object.entries(structure(properties['Parameters'])).map(([key, value]) => ({
      ParameterKey: key,
      ParameterValue: Array.isArray(value) ? value.join(',') : String(value),
    })),
    NotificationARNs: texts(properties['NotificationARNs']),
    Tags: context.tags(properties['Tags']).filter((tag) => !tag.Key.startsWith('aws:')),
    // The parent's acknowledgement reaches down.
    Capabilities: [
      'CAPABILITY_IAM',
      'CAPABILITY_NAMED_IAM',
      'CAPABILITY_AUTO_EXPAND',
    ] as 'CAPABILITY_IAM'[],
    ClientRequestToken: context.stepId.replace(/[^a-zA-Z0-9-]/g, '-'),
  }
}

const nested: Provider = {
  properties: changes('update', 'NotificationARNs Parameters Tags TemplateURL TimeoutInMinutes'),
  required: ['TemplateURL'],
  attributes: [/^Outputs\./],
  tagged: true,
  changesInside: true,
  async create(context, properties) {
    const { cloudformation } = context.aws
    const name = text(context.notes['name']) ?? (await context.reviewed())
    if (name !== undefined) await context.note({ name })
    // The token makes a second try find the stack of the first.
    const { StackId } = await cloudformation.createStack({
      ...nestedInput(context, properties),
      StackName: name ?? context.physicalName(128),
      TimeoutInMinutes: number(properties['TimeoutInMinutes']),
    })
    const id = StackId ?? ''
    if (context.physicalId === undefined) await context.made(id)
    await context.adopt(id)
    return settled(context, id, 'created', /^CREATE_COMPLETE$/)
  },
  async update(context, id, next) {
    if (!context.undone && context.notes['template'] === undefined) {
      await context.note({ template: await context.templateOf(id) })
    }
    try {
      await context.aws.cloudformation.updateStack({
        ...nestedInput(context, next),
        ...templateBefore(context),
        StackName: id,
      })
    } catch (error) {
      const isSame = hasCode(error, ['ValidationError']) && isNoUpdate(error)
      if (!isSame) throw error
    }
    // One that went back by itself is what it was before.
    const back = context.undone ? '|UPDATE_ROLLBACK' : ''
    return settled(context, id, 'updated', new RegExp(`^(CREATE|UPDATE|IMPORT${back})_COMPLETE$`))
  },
  async delete(context, id) {
    await context.aws.cloudformation.deleteStack({ StackName: id })
    await settled(context, id, 'deleted', /^DELETE_COMPLETE$/)
  },
}

const BODY_LIMIT = 51_200

/** Going back means what the stack was made from then, whatever lies at its URL now. */
function templateBefore({ undone }: ResourceContext) {
  const TemplateBody = text(undone?.['template'])
  if (TemplateBody === undefined || Buffer.byteLength(TemplateBody) > BODY_LIMIT) return {}
  return { TemplateBody, TemplateURL: undefined }
}

// CloudFormation itself has no code of its own for this; clients tell it by the text as well.
function isNoUpdate(error: unknown): boolean {
  return error instanceof Error && error.message === 'No updates are to be performed.'
}

async function putMacro(context: ResourceContext, name: string, properties: Structure) {
  const isOurs = await context.macros.put(name, text(properties['FunctionName']) ?? '')
  if (!isOurs) throw new ResourceFailure(`${name} already exists`)
  return { physicalId: name, attributes: {} }
}

const macro: Provider = {
  properties: {
    ...changes('replace', 'Name'),
    ...changes('update', 'Description FunctionName'),
  },
  required: ['FunctionName', 'Name'],
  attributes: [],
  create: (context, properties) => putMacro(context, text(properties['Name']) ?? '', properties),
  update: (context, name, next) => putMacro(context, name, next),
  delete: (context, name) => context.macros.forget(name),
}

/** What the CDK tells AWS of a template's making: nothing stands behind it. */
const cdkMetadata: Provider = {
  properties: changes('update', 'Analytics'),
  attributes: [],
  create: async (context) => ({ physicalId: context.physicalName(255), attributes: {} }),
  update: async (_context, physicalId) => ({ physicalId, attributes: {} }),
  async delete() {
    // See above.
  },
}

export const cloudFormationProviders: Providers = {
  'AWS::CloudFormation::Macro': macro,
  'AWS::CloudFormation::Stack': nested,
  ...waitProviders,
  'AWS::CDK::Metadata': cdkMetadata,
}
