import { AwsError, type CloudFormation, type Operations } from '../../../gateway/index.ts'
import { readInput, readText } from '../engine/index.ts'
import { identifierOf } from '../resources/index.ts'
import {
  invalid,
  neededCapabilities,
  type TemplateParameter,
  transformsOf,
} from '../template/index.ts'
import { someOf } from './describe.ts'
import { existingStack, type In, type Parts } from './parts.ts'
import { templateText } from './template-text.ts'
import type { RequestContext } from '../../../gateway/index.ts'

export function templateOperations(parts: Parts) {
  return {
    async GetTemplate(input, ctx) {
      const source = await templateSource(parts, ctx, input)
      const text = source.templateText
      const StagesAvailable = ['Original' as const, 'Processed' as const]
      if (input.TemplateStage !== 'Processed') return { TemplateBody: text, StagesAvailable }
      const { processed, raw } = readInput(source)
      const isSame = source.processedText === undefined && transformsOf(raw).length === 0
      return { TemplateBody: isSame ? text : JSON.stringify(processed), StagesAvailable }
    },

    async GetTemplateSummary(input, ctx) {
      const read =
        input.StackName === undefined
          ? readText(await templateText(ctx, input))
          : readInput(await executedStack(parts, ctx, input.StackName))
      const { template, raw } = read
      const { metadata } = template
      const types = Map.groupBy(Object.values(template.resources), (resource) => resource.type)
      return {
        Description: template.description,
        Metadata: metadata === undefined ? undefined : JSON.stringify(metadata),
        Version: versionOf(raw),
        DeclaredTransforms: someOf(transformsOf(raw)),
        ResourceTypes: [...types.keys()],
        ResourceIdentifierSummaries: [...types].map(([ResourceType, resources]) => ({
          ResourceType,
          LogicalResourceIds: resources.map((resource) => resource.logicalId),
          ResourceIdentifiers: identifiersOf(ResourceType),
        })),
        Parameters: Object.entries(template.parameters).map(([key, parameter]) => ({
          ...shownParameter(key, parameter),
          ParameterType: parameter.type,
          ParameterConstraints: { AllowedValues: parameter.allowedValues },
        })),
        ...capabilitiesOf(read),
      }
    },

    async ValidateTemplate(input, ctx) {
      const read = readText(await templateText(ctx, input))
      const { description, parameters } = read.template
      return {
        Description: description,
        DeclaredTransforms: someOf(transformsOf(read.raw)),
        Parameters: Object.entries(parameters).map((entry) => shownParameter(...entry)),
        ...capabilitiesOf(read),
      }
    },
  } satisfies Operations<CloudFormation>
}

/** What names a resource of the type when it is taken into a stack. */
function identifiersOf(type: string): string[] | undefined {
  const name = identifierOf(type)
  return name === undefined ? undefined : [name]
}

async function executedStack(parts: Parts, ctx: RequestContext, name: string) {
  const stack = await existingStack(parts, ctx, name)
  if (stack.status !== 'REVIEW_IN_PROGRESS') return stack
  throw invalid('GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.')
}

async function templateSource(parts: Parts, ctx: RequestContext, input: In<'GetTemplate'>) {
  if (input.ChangeSetName === undefined) return existingStack(parts, ctx, input.StackName)
  const name = input.ChangeSetName
  if (!name.startsWith('arn:') && input.StackName === undefined) {
    throw invalid('StackName is a required parameter.')
  }
  const changeSet = name.startsWith('arn:')
    ? await parts.stacks.changeSet({ id: name })
    : await parts.stacks.changeSet({
        stackId: (await existingStack(parts, ctx, input.StackName)).stackId,
        name,
      })
  if (!changeSet) {
    throw new AwsError('ChangeSetNotFoundException', `ChangeSet [${name}] does not exist`, {
      status: 404,
    })
  }
  return changeSet.input
}

function shownParameter(key: string, parameter: TemplateParameter) {
  return {
    ParameterKey: key,
    DefaultValue: parameter.default,
    NoEcho: parameter.noEcho,
    Description: parameter.description,
  }
}

function versionOf(raw: Record<string, unknown>): string {
  return String(raw['AWSTemplateFormatVersion'] ?? '2010-09-09')
}

function capabilitiesOf({ template, raw }: Pick<ReturnType<typeof readText>, 'template' | 'raw'>) {
  const needed = neededCapabilities(template)
  const expands = transformsOf(raw).some((name) => name !== 'AWS::LanguageExtensions')
  const all = [...needed.capabilities, ...(expands ? ['CAPABILITY_AUTO_EXPAND'] : [])]
  if (all.length === 0) return {}
  return {
    Capabilities: all as 'CAPABILITY_IAM'[],
    CapabilitiesReason: `The following resource(s) require capabilities: [${[...needed.types, ...(expands ? transformsOf(raw) : [])].join(', ')}]`,
  }
}
