import { randomUUID } from 'node:crypto'
import { AwsError, type RequestContext } from '../../../gateway/index.ts'
import type { StackInput } from '../model.ts'
import {
  asksOutside,
  expandOutside,
  invalid,
  isStructure,
  type OutsideCall,
  parseTemplate,
  type Structure,
  type Value,
} from '../template/index.ts'
import type { Parts } from './parts.ts'
import { fromS3 } from './template-text.ts'

const INCLUDE = 'AWS::Include'
const UNSUPPORTED = 'Template format error: unsupported structure.'

/** The template after macros and files had their part in it; nothing for one that asks for neither. */
export async function expanded(
  parts: Parts,
  ctx: RequestContext,
  raw: Structure,
  values: Record<string, Value>,
): Promise<Pick<StackInput, 'processedText' | 'brokenBy'>> {
  if (!asksOutside(raw)) return {}
  const run = (call: OutsideCall) =>
    call.name === INCLUDE ? included(ctx, call) : askMacro(parts, ctx, call, values)
  try {
    const result = await expandOutside(raw, values, run)
    if (!isStructure(result)) throw new TransformFailure(UNSUPPORTED)
    return { processedText: JSON.stringify(result) }
  } catch (error) {
    if (error instanceof TransformFailure) return { brokenBy: error.message }
    throw error
  }
}

/** What AWS tells in the stack's own events, and not in the answer to the request. */
class TransformFailure extends Error {}

async function included(ctx: RequestContext, { parameters, fragment }: OutsideCall) {
  const location = parameters['Location']
  if (typeof location !== 'string') {
    throw invalid(
      'The value of parameter Location under transform Include must resolve to a string, number, ' +
        'boolean or a list of any of these.',
    )
  }
  const place = /^s3:\/\/([^/]+)\/(.+)$/.exec(location)
  if (!place && !/^https?:/.test(location)) {
    throw new TransformFailure(
      `Transform ${INCLUDE} failed with: The location parameter is not a valid S3 uri.`,
    )
  }
  const url = place ? `https://s3.amazonaws.com/${place[1]}/${place[2]}` : location
  const content = await fromS3(ctx, url).catch((error: unknown) => {
    if (!(error instanceof AwsError)) throw error
    throw new TransformFailure(`Transform ${INCLUDE} failed with: ${error.message}`)
  })
  return { ...fragment, ...parsed(content) }
}

function parsed(content: string): Structure {
  try {
    return parseTemplate(content)
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    throw new TransformFailure(
      `Transform ${INCLUDE} failed with: The specified S3 object's content should be valid Yaml/JSON`,
    )
  }
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros-overview.html */
async function askMacro(
  parts: Parts,
  ctx: RequestContext,
  { name, parameters, fragment }: OutsideCall,
  values: Record<string, Value>,
): Promise<Value> {
  const { account, region } = ctx
  const transformId = `${account}::${name}`
  const FunctionName = await parts.operations.macro(account, region, name)
  if (FunctionName === undefined)
    throw new TransformFailure(`No transform named ${transformId} found.`)
  const own = Object.entries(values).filter(([key]) => !key.startsWith('AWS::'))
  const event = {
    accountId: account,
    fragment,
    transformId,
    requestId: randomUUID(),
    region,
    params: parameters,
    templateParameterValues: Object.fromEntries(own),
  }
  const { FunctionError, Payload } = await ctx.aws.lambda
    .invoke({ FunctionName, Payload: new TextEncoder().encode(JSON.stringify(event)) })
    .catch((error: unknown) => {
      if (!(error instanceof AwsError)) throw error
      throw new TransformFailure(`Transform ${transformId} failed with: ${error.message}`)
    })
  const answer = FunctionError ? undefined : readAnswer(Payload)
  if (answer?.['requestId'] !== event.requestId || answer['status'] === undefined) {
    throw new TransformFailure(`Received malformed response from transform ${transformId}`)
  }
  if (String(answer['status']).toLowerCase() !== 'success') {
    const said = answer['errorMessage']
    throw new TransformFailure(
      said
        ? `Transform ${transformId} failed with: ${String(said)}`
        : `Transform ${transformId} failed without an error message.`,
    )
  }
  const result = answer['fragment']
  if (result === undefined || result === null) {
    throw new TransformFailure(UNSUPPORTED)
  }
  return result
}

function readAnswer(payload: Uint8Array | undefined): Structure | undefined {
  try {
    const value = JSON.parse(Buffer.from(payload ?? []).toString('utf8')) as Value
    return isStructure(value) ? value : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
