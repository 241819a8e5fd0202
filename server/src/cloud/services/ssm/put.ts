import { userRegex } from '../../../kernel/index.ts'
import type { Input, Operations, RequestContext, Ssm } from '../../gateway/index.ts'
import { changeEvent } from './change-event.ts'
import { latest, type Parameter, type ParameterType, type Tier, type Version } from './model.ts'
import { checkNew } from './names.ts'
import type { SsmParts } from './parts.ts'
import { checkTier, readPolicies } from './policies.ts'
import * as refuse from './refusals.ts'
import { OWN_KEY, seal } from './sealing.ts'
import { tagsWith } from './tags.ts'

const MOST_VERSIONS = 100
const MOST_PARAMETERS: Record<Tier, number> = { Standard: 10_000, Advanced: 100_000 }
const MOST_BYTES: Record<Tier, number> = { Standard: 4096, Advanced: 8192 }
const DATA_TYPES = ['text', 'aws:ec2:image', 'aws:ssm:integration']

type Given = Input<Ssm, 'PutParameter'>

export const putOperations = (parts: SsmParts) =>
  ({
    async PutParameter(input, ctx) {
      const name = input.Name!
      checkNew(name)
      const before = parts.store.find(ctx, name)
      checkGiven(input, before)
      const draft = draftOf(input, before && latest(before), ctx)
      checkValue(input.Value!, draft)
      if (draft.type === 'SecureString') {
        const { tier, keyId } = draft
        draft.value = await seal({ place: ctx, name, keyId: keyId!, tier }, input.Value!, ctx)
      }
      // It may be another by now: KMS was asked in between.
      const now = parts.store.find(ctx, name)
      const parameter = withVersion(parts, input, now, draft, ctx)
      await parts.store.save(parameter)
      await parts.put(changeEvent(parameter, now ? 'Update' : 'Create', ctx.now))
      const { version, tier } = latest(parameter)
      return { Version: version, Tier: tier }
    },
  }) satisfies Operations<Ssm>

function checkGiven(input: Given, before: Parameter | undefined): void {
  if (input.Overwrite && (input.Tags?.length ?? 0) > 0) {
    throw refuse.invalid(
      "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, " +
        'please remove overwrite flag. To update tags for an existing parameter, please use ' +
        'AddTagsToResource or RemoveTagsFromResource.',
    )
  }
  if (before && !input.Overwrite) throw refuse.alreadyExists()
  if (!before && input.Type === undefined) {
    throw refuse.invalid('A parameter type is required when you create a parameter.')
  }
  if (before && input.Type !== undefined && input.Type !== latest(before).type) {
    throw refuse.otherType()
  }
}

/** What isn't said stays as it was, but for data type and policies (API reference). */
function draftOf(input: Given, before: Version | undefined, ctx: RequestContext): Version {
  const type = (input.Type ?? before!.type) as ParameterType
  const dataType = input.DataType ?? before?.dataType ?? 'text'
  if (!DATA_TYPES.includes(dataType)) {
    throw refuse.invalid(
      `The following data type is not supported: ${dataType} (Data type names are all lowercase.)`,
    )
  }
  const policies = input.Policies === undefined ? undefined : readPolicies(input.Policies)
  const draft: Version = {
    version: 0,
    type,
    value: input.Value!,
    keyId: type === 'SecureString' ? (input.KeyId ?? before?.keyId ?? OWN_KEY) : undefined,
    description: input.Description ?? before?.description,
    allowedPattern: input.AllowedPattern ?? before?.allowedPattern,
    dataType,
    tier: tierOf(input, before, policies ?? []),
    policies: policies ?? before?.policies ?? [],
    labels: [],
    modifiedAtMs: ctx.now,
    modifiedBy: ctx.principal.arn,
  }
  checkTier(draft.policies, draft.tier)
  return draft
}

function tierOf({ Tier: asked, Value }: Given, before: Version | undefined, policies: string[]) {
  const isLarge = Buffer.byteLength(Value!) > MOST_BYTES.Standard || policies.length > 0
  if (asked === 'Standard' && before?.tier === 'Advanced') {
    throw refuse.invalid(
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the " +
        'advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the ' +
        'advanced parameter and recreate it as a standard parameter.',
    )
  }
  if (asked === 'Advanced' || before?.tier === 'Advanced') return 'Advanced'
  return asked === 'Intelligent-Tiering' && isLarge ? 'Advanced' : 'Standard'
}

function checkValue(value: string, { tier, allowedPattern, type, dataType }: Version): void {
  if (Buffer.byteLength(value) > MOST_BYTES[tier]) {
    throw refuse.invalid(
      tier === 'Standard'
        ? 'Standard tier parameters support a maximum parameter value of 4096 characters. To create a ' +
            'larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more ' +
            'information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html'
        : 'Advanced tier parameters support a maximum parameter value of 8192 characters.',
    )
  }
  if (/\{\{[^}]*\}\}/.test(value)) {
    throw refuse.invalid(
      `Parameter value can't nest another parameter. Do not use "{{}}" in the value: ${value}`,
    )
  }
  if (dataType === 'aws:ssm:integration' && type !== 'SecureString') {
    throw refuse.invalid('The data type aws:ssm:integration needs the type SecureString.')
  }
  if (allowedPattern === undefined || allowedPattern === '') return
  const form = patternOf(allowedPattern)
  const items = type === 'StringList' ? value.split(',') : [value]
  if (!items.every((item) => form.test(item))) throw refuse.patternMismatch(allowedPattern)
}

function patternOf(source: string): RegExp {
  try {
    return userRegex(`^(?:${source})$`, '', refuse.badPattern)
  } catch {
    throw refuse.badPattern()
  }
}

function withVersion(
  { store }: SsmParts,
  input: Given,
  before: Parameter | undefined,
  draft: Version,
  ctx: RequestContext,
): Parameter {
  const { account, region, now } = ctx
  const name = input.Name!
  if (!before) {
    const alike = store.all(ctx).filter((one) => latest(one).tier === draft.tier)
    if (alike.length >= MOST_PARAMETERS[draft.tier]) throw refuse.tooManyParameters()
    const tags = tagsWith({}, input.Tags ?? [], ctx)
    const versions = [{ ...draft, version: 1 }]
    return { account, region, name, createdAtMs: now, tags, versions, told: [] }
  }
  if (!input.Overwrite) throw refuse.alreadyExists()
  const versions = [...before.versions, { ...draft, version: latest(before).version + 1 }]
  if (versions.length > MOST_VERSIONS) {
    const oldest = versions.shift()!
    if (oldest.labels.length > 0) throw refuse.tooManyVersions(name, oldest.version)
  }
  return { ...before, versions, told: [] }
}
