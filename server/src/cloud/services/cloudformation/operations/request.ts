import { AwsError, type RequestContext } from '../../../gateway/index.ts'
import { readInput } from '../engine/index.ts'
import type { StackInput, Tag } from '../model.ts'
import {
  asksOutside,
  checkRules,
  type GivenParameter,
  invalid,
  neededCapabilities,
  parameterTexts,
  parameterValues,
  parseTemplate,
  readParameters,
  refuseSnapshots,
  type Structure,
  transformsOf,
} from '../template/index.ts'
import { expanded } from './macros.ts'
import { checkDefaults, storedParameters, storedReferences } from './parameter-store.ts'
import { executorFor, type Parts } from './parts.ts'
import { rollbackOf } from './rollback-configuration.ts'
import { type TemplateRequest, templateText } from './template-text.ts'

interface StackRequest extends TemplateRequest {
  Parameters?: GivenParameter[]
  Tags?: { Key?: string; Value?: string }[]
  Capabilities?: string[]
  ResourceTypes?: string[]
  NotificationARNs?: string[]
  RoleARN?: string
  RollbackConfiguration?: Parameters<typeof rollbackOf>[0]
}

/** Everything a stack is made from, checked as far as it can be without the cloud. */
export async function stackInput(
  parts: Parts,
  ctx: RequestContext,
  request: StackRequest,
  { previous, isReviewed }: { previous?: StackInput; isReviewed?: boolean } = {},
): Promise<StackInput> {
  const text = await templateText(ctx, request, previous?.templateText)
  const raw = parseTemplate(text)
  const declared = readParameters(raw)
  const kept = previous?.parameters ?? {}
  const parameters = parameterTexts(declared, request.Parameters ?? [], kept)
  const capabilities = request.Capabilities ?? []
  if (!isReviewed) checkExpanding(raw, capabilities)
  const roleArn = request.RoleARN ?? previous?.roleArn
  const aws = async () => ctx.as(await executorFor(parts, ctx, roleArn))
  checkDefaults(declared)
  const { stored, brokenBy } = await storedParameters(aws, declared, parameters)
  const values = {
    ...parameterValues(declared, { ...parameters, ...stored }),
    'AWS::AccountId': ctx.account,
    'AWS::Partition': 'aws',
    'AWS::Region': ctx.region,
    'AWS::URLSuffix': 'amazonaws.com',
  }
  const outside = await expanded(parts, ctx, raw, values)
  const source = { templateText: text, parameters, stored, brokenBy, ...outside }
  if (outside.brokenBy === undefined) {
    const { template } = readInput(source)
    refuseSnapshots(template)
    checkRules(template.rules, declared, values)
    checkTypes(Object.values(template.resources), request.ResourceTypes)
    const missing = missingCapabilities(neededCapabilities(template).capabilities, capabilities)
    if (missing.length > 0) throw insufficient(missing)
  }
  const input = {
    ...source,
    tags: request.Tags === undefined ? (previous?.tags ?? []) : tagsOf(request.Tags),
    capabilities,
    notificationArns: request.NotificationARNs ?? previous?.notificationArns ?? [],
    roleArn,
    rollback: request.RollbackConfiguration
      ? rollbackOf(request.RollbackConfiguration)
      : previous?.rollback,
  }
  if (outside.brokenBy !== undefined) return input
  const exports = await parts.operations.exports(ctx.account, ctx.region)
  return { ...input, stored: { ...stored, ...(await storedReferences(aws, input, ctx, exports)) } }
}

function tagsOf(given: { Key?: string; Value?: string }[]): Tag[] {
  const tags = given.map(({ Key, Value }) => ({ Key: Key ?? '', Value: Value ?? '' }))
  if (tags.length > 50) throw invalid('The number of tags must not exceed 50')
  const reserved = tags.find((tag) => tag.Key.startsWith('aws:'))
  if (reserved) throw invalid('aws: prefixed tag key names are not allowed for external use.')
  if (new Set(tags.map((tag) => tag.Key)).size < tags.length) {
    throw invalid('Duplicate tag keys found. Please note that Tag keys are case insensitive.')
  }
  return tags
}

/** What a change set shows before it is carried out needs no word that it is expanded. */
function checkExpanding(raw: Structure, given: string[]): void {
  // LanguageExtensions changes no permissions and asks for none.
  const isExpanding =
    asksOutside(raw) || transformsOf(raw).some((name) => name !== 'AWS::LanguageExtensions')
  const missing = missingCapabilities(isExpanding ? ['CAPABILITY_AUTO_EXPAND'] : [], given)
  if (missing.length > 0) throw insufficient(missing)
}

function missingCapabilities(needed: string[], given: string[]): string[] {
  const isGiven = (name: string) =>
    given.includes(name) || (name === 'CAPABILITY_IAM' && given.includes('CAPABILITY_NAMED_IAM'))
  return needed.filter((name) => !isGiven(name))
}

function insufficient(missing: string[]): AwsError {
  const message = `Requires capabilities : [${missing.join(', ')}]`
  return new AwsError('InsufficientCapabilitiesException', message, { status: 400 })
}

/** `AWS::*`, `AWS::S3::*`, `Custom::*` or whole names. */
function checkTypes(resources: { type: string }[], allowed: string[] | undefined): void {
  if (!allowed?.length) return
  const isAllowed = (type: string) =>
    allowed.some((one) => (one.endsWith('::*') ? type.startsWith(one.slice(0, -1)) : type === one))
  const refused = resources.find(({ type }) => !isAllowed(type))
  if (!refused) return
  throw invalid(
    `Resource type ${refused.type} is not allowed by parameter ResourceTypes [${allowed.join(', ')}]`,
  )
}
