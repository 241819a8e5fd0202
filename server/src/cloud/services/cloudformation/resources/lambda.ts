import type { Aws } from '../../../gateway/index.ts'
import type { Structure } from '../model.ts'
import { canonical } from '../template/index.ts'
import { functionCode } from './lambda-code.ts'
import { functionSettings } from './lambda-settings.ts'
import { list, number, shaped, structure, text, texts } from './property.ts'
import {
  changes,
  hasCode,
  makeOnce,
  type Outcome,
  type Providers,
  type ResourceContext,
  unlessGone,
} from './provider.ts'

type CreateInput = Parameters<Aws['lambda']['createFunction']>[0]

const GONE = ['ResourceNotFoundException']
const POLL_MS = 100
const ROLE_TRIES = 5

function configuration(properties: Structure) {
  const environment = structure(structure(properties['Environment'])['Variables'])
  const layers = properties['Layers']
  return {
    Description: text(properties['Description']),
    Handler: text(properties['Handler']),
    Role: text(properties['Role']),
    Runtime: text(properties['Runtime']) as CreateInput['Runtime'],
    Timeout: number(properties['Timeout']),
    MemorySize: number(properties['MemorySize']),
    Environment: {
      Variables: Object.fromEntries(
        Object.entries(environment).map(([name, value]) => [name, String(value)]),
      ),
    },
    Layers: layers === undefined ? undefined : texts(layers),
    EphemeralStorage: shaped<{ Size: number }>(properties['EphemeralStorage'], {
      numbers: ['Size'],
    }),
    TracingConfig: shaped<object>(properties['TracingConfig']),
    DeadLetterConfig: shaped<object>(properties['DeadLetterConfig']),
    KMSKeyArn: text(properties['KmsKeyArn']),
    LoggingConfig: shaped<object>(properties['LoggingConfig']),
    VpcConfig: shaped<object>(properties['VpcConfig'], { flags: ['Ipv6AllowedForDualStack'] }),
    ImageConfig: shaped<object>(properties['ImageConfig']),
    SnapStart: shaped<object>(properties['SnapStart']),
  }
}

function tagsOf(context: ResourceContext, properties: Structure): Record<string, string> {
  return Object.fromEntries(context.tags(properties['Tags']).map((tag) => [tag.Key, tag.Value]))
}

async function settled(context: ResourceContext, name: string): Promise<Outcome> {
  for (;;) {
    const { Configuration } = await context.aws.lambda.getFunction({ FunctionName: name })
    const isPending =
      Configuration?.State === 'Pending' || Configuration?.LastUpdateStatus === 'InProgress'
    if (!isPending) {
      return { physicalId: name, attributes: { Arn: Configuration?.FunctionArn ?? '' } }
    }
    await context.sleep(POLL_MS)
  }
}

async function settle(context: ResourceContext, name: string, next: Structure, before: Structure) {
  for (const [property, set] of Object.entries(functionSettings)) {
    if (canonical(next[property]) === canonical(before[property])) continue
    await set(context.aws.lambda, name, next[property])
  }
}

/** A role just made may not be assumable yet; CloudFormation tries again for a while. */
async function withRole(context: ResourceContext, run: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await run()
      return
    } catch (error) {
      const isEarly = hasCode(error, ['InvalidParameterValueException']) && tries < ROLE_TRIES
      if (!isEarly || !(error instanceof Error) || !/assume|role/i.test(error.message)) throw error
      await context.sleep(POLL_MS)
    }
  }
}

async function updateFunction(
  context: ResourceContext,
  name: string,
  next: Structure,
  before: Structure,
): Promise<Outcome> {
  const { lambda } = context.aws
  const isCodeNew =
    canonical(next['Code']) !== canonical(before['Code']) ||
    canonical(next['Architectures']) !== canonical(before['Architectures'])
  if (isCodeNew) {
    const Architectures = architectures(next)
    await lambda.updateFunctionCode({ FunctionName: name, ...functionCode(next), Architectures })
    await settled(context, name)
  }
  await withRole(context, () =>
    lambda.updateFunctionConfiguration({ FunctionName: name, ...configuration(next) }),
  )
  await settle(context, name, next, before)
  const outcome = await settled(context, name)
  const Resource = String(outcome.attributes['Arn'])
  const { Tags: current = {} } = await lambda.listTags({ Resource })
  const wanted = tagsOf(context, next)
  const stale = Object.keys(current).filter((key) => !(key in wanted))
  if (stale.length > 0) await lambda.untagResource({ Resource, TagKeys: stale })
  if (Object.keys(wanted).length > 0) await lambda.tagResource({ Resource, Tags: wanted })
  return outcome
}

function architectures(properties: Structure): CreateInput['Architectures'] {
  const given = properties['Architectures']
  return given === undefined ? undefined : (texts(given) as CreateInput['Architectures'])
}

export const lambdaProviders: Providers = {
  'AWS::Lambda::Function': {
    properties: {
      ...changes('replace', 'FunctionName PackageType'),
      ...changes(
        'update',
        'Architectures Code DeadLetterConfig Description Environment EphemeralStorage Handler ' +
          'ImageConfig KmsKeyArn Layers LoggingConfig MemorySize Role ' +
          'Runtime SnapStart Tags Timeout TracingConfig VpcConfig',
      ),
      ...changes('update', Object.keys(functionSettings).join(' ')),
    },
    required: ['Code', 'Role'],
    attributes: ['Arn', /^SnapStartResponse/],
    tagged: true,
    async create(context, properties) {
      const given = text(properties['FunctionName'])
      const name = context.physicalId ?? given ?? context.physicalName(64)
      await withRole(context, () =>
        makeOnce(context, name, ['ResourceConflictException'], () =>
          context.aws.lambda.createFunction({
            FunctionName: name,
            ...(configuration(properties) as Pick<CreateInput, 'Role'>),
            PackageType: text(properties['PackageType']) as CreateInput['PackageType'],
            Architectures: architectures(properties),
            Code: functionCode(properties),
            Tags: tagsOf(context, properties),
          }),
        ),
      )
      await settle(context, name, properties, {})
      return settled(context, name)
    },
    update: updateFunction,
    async takeOver(context, name, properties) {
      const outcome = await settled(context, name)
      const Resource = String(outcome.attributes['Arn'])
      await context.aws.lambda.tagResource({ Resource, Tags: tagsOf(context, properties) })
      return outcome
    },
    async delete(context, FunctionName) {
      await unlessGone(GONE, () => context.aws.lambda.deleteFunction({ FunctionName }))
    },
  },
  'AWS::Lambda::Version': {
    properties: {
      ...changes('replace', 'FunctionName Description CodeSha256'),
      ...changes('update', 'ProvisionedConcurrencyConfig'),
    },
    required: ['FunctionName'],
    attributes: ['Version', 'FunctionArn'],
    async create(context, properties) {
      // Publishing what is published already gives that version again: a second try changes nothing.
      const made = await context.aws.lambda.publishVersion({
        FunctionName: text(properties['FunctionName']),
        Description: text(properties['Description']),
        CodeSha256: text(properties['CodeSha256']),
      })
      const [arn, Version] = [made.FunctionArn ?? '', made.Version ?? '']
      await provision(context, { ...properties, Qualifier: Version }, {})
      return { physicalId: arn, attributes: { Version, FunctionArn: arn } }
    },
    async update(context, arn, next, before) {
      const { Version = '' } = context.attributes
      await provision(context, { ...next, Qualifier: Version }, before)
      return { physicalId: arn, attributes: context.attributes }
    },
    async delete(context, arn) {
      await unlessGone(GONE, () => context.aws.lambda.deleteFunction({ FunctionName: arn }))
    },
  },
  'AWS::Lambda::Alias': {
    properties: {
      ...changes('replace', 'FunctionName Name'),
      ...changes(
        'update',
        'Description FunctionVersion ProvisionedConcurrencyConfig RoutingConfig',
      ),
    },
    required: ['FunctionName', 'FunctionVersion', 'Name'],
    attributes: ['AliasArn'],
    async create(context, properties) {
      const made = await makeAlias(context, aliasInput(properties))
      await provision(context, { ...properties, Qualifier: properties['Name']! }, {})
      return made
    },
    async update(context, _arn, next, before) {
      const changed = aliasOutcome(await context.aws.lambda.updateAlias(aliasInput(next)))
      await provision(context, { ...next, Qualifier: next['Name']! }, before)
      return changed
    },
    async delete(context, _arn, properties) {
      const { FunctionName, Name } = aliasInput(properties)
      await unlessGone(GONE, () => context.aws.lambda.deleteAlias({ FunctionName, Name }))
    },
  },
}

function aliasInput(properties: Structure) {
  const routing = list(structure(properties['RoutingConfig'])['AdditionalVersionWeights'])
  const weights = routing.map((item) => {
    const { FunctionVersion, FunctionWeight } = structure(item)
    return [String(FunctionVersion), Number(FunctionWeight)]
  })
  return {
    FunctionName: text(properties['FunctionName']),
    Name: text(properties['Name']),
    FunctionVersion: text(properties['FunctionVersion']),
    Description: text(properties['Description']),
    RoutingConfig: {
      AdditionalVersionWeights: Object.fromEntries(weights) as Record<string, number>,
    },
  }
}

async function makeAlias(context: ResourceContext, input: ReturnType<typeof aliasInput>) {
  try {
    return aliasOutcome(await context.aws.lambda.createAlias(input))
  } catch (error) {
    if (!context.resumed || !hasCode(error, ['ResourceConflictException'])) throw error
    return aliasOutcome(await context.aws.lambda.updateAlias(input))
  }
}

/** The instances that a version or an alias keeps ready. */
async function provision({ aws }: ResourceContext, next: Structure, before: Structure) {
  const units = (one: Structure) =>
    number(structure(one['ProvisionedConcurrencyConfig'])['ProvisionedConcurrentExecutions'])
  const wanted = units(next)
  if (wanted === units(before)) return
  const address = {
    FunctionName: text(next['FunctionName']),
    Qualifier: text(next['Qualifier']),
  }
  if (wanted === undefined) await aws.lambda.deleteProvisionedConcurrencyConfig(address)
  else {
    const ProvisionedConcurrentExecutions = wanted
    const input = { ...address, ProvisionedConcurrentExecutions }
    await aws.lambda.putProvisionedConcurrencyConfig(input)
  }
}

function aliasOutcome(alias: { AliasArn?: string }): Outcome {
  const arn = alias.AliasArn ?? ''
  return { physicalId: arn, attributes: { AliasArn: arn } }
}
