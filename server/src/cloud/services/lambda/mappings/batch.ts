import { AwsError } from '../../../gateway/index.ts'
import type { LambdaParts } from '../parts.ts'
import { resolve } from '../resolve.ts'
import type { SourceRecord, MappingRow } from './model.ts'
import type { WindowFacts } from './window.ts'

export interface BatchOutcome {
  requestId: string
  /** Undefined: the function ended well. */
  functionError: string | undefined
  executedVersion: string
  /** What it said failed of the batch (ReportBatchItemFailures); undefined: nothing said. */
  failedItems: string[] | undefined
  /** What it gave back of a tumbling window. */
  state: unknown
}

/**
 * Calls the function with records. Throws AwsError when it could not be called (it is gone, or all
 * its environments are busy): nothing is said of the records then.
 */
export async function callFunction(
  parts: LambdaParts,
  row: MappingRow,
  records: SourceRecord[],
  window?: WindowFacts,
): Promise<BatchOutcome> {
  const { account, region, function_name: FunctionName, qualifier } = row
  const Qualifier = qualifier ?? undefined
  const scope = { account, region }
  const { fn, version } = await resolve(parts, scope, { FunctionName, Qualifier })
  const requestId = crypto.randomUUID()
  const payload = Buffer.from(
    JSON.stringify({ Records: records.map(({ event }) => event), ...window }),
  )
  const outcome = await parts.invoker.invoke({
    scope,
    fn,
    version,
    qualifier: Qualifier,
    requestId,
    payload,
  })
  return {
    requestId,
    functionError: outcome.functionError,
    executedVersion: version.version,
    ...(outcome.functionError
      ? { failedItems: undefined, state: undefined }
      : told(outcome.payload)),
  }
}

/** `{"batchItemFailures": [{"itemIdentifier": "…"}]}`; an identifier that is none fails the whole batch. */
function told(payload: Uint8Array): Pick<BatchOutcome, 'failedItems' | 'state'> {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(payload).toString('utf8'))
  } catch {
    return { failedItems: undefined, state: undefined } // a function may answer anything; only the list of failures means something
  }
  const answer = value as { batchItemFailures?: unknown; state?: unknown } | null
  const list = answer?.batchItemFailures
  const failedItems = Array.isArray(list)
    ? list.map((one) => String((one as { itemIdentifier?: unknown } | null)?.itemIdentifier ?? ''))
    : undefined
  return { failedItems, state: answer?.state }
}

export const isBusy = (error: unknown) =>
  error instanceof AwsError && error.code === 'TooManyRequestsException'
