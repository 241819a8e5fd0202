import { authorise } from './authorise.ts'
import { AwsError } from './error.ts'
import type { Exchange } from './exchange.ts'
import type { OutgoingHttp } from './http.ts'
import { takeLinkHeaders } from './link-headers.ts'
import { type Values, withValues } from './protocols/index.ts'
import { encodeRefusal, internalFailure, record, refusalOf } from './record.ts'
import type { GatewayState } from './state.ts'
import * as steps from './steps.ts'

type Step = (exchange: Exchange, gateway: GatewayState) => void | Promise<void>

/** What happens to a request, in order. An AwsError from any step ends it in that form. */
const chain: Step[] = [
  steps.identifyService,
  steps.verifySignature,
  takeLinkHeaders,
  steps.resolveAccountAndRegion,
  steps.findOperation,
  steps.decode,
  authorise,
  steps.guardBudget,
  steps.validate,
  steps.operate,
  steps.encode,
]

/** A call from inside enters where the input is already known. */
const inProcessChain: Step[] = [authorise, steps.guardBudget, steps.validate, steps.operate]

/**
 * Runs the chain; gives the answer, an error's one included, after recording it. Not an async function: each
 * of those around a request costs as much as one of its steps.
 */
export function runChain(
  exchange: Exchange,
  gateway: GatewayState,
): OutgoingHttp | Promise<OutgoingHttp> {
  const startedAt = performance.now()
  const answered = () => {
    record(exchange, gateway, startedAt, undefined)
    return exchange.response!
  }
  const refused = (error: unknown) => {
    const refusal = refusalOf(error, exchange, gateway)
    exchange.response = encodeRefusal(refusal, exchange)
    record(exchange, gateway, startedAt, refusal)
    return exchange.response
  }
  let pending: Promise<void> | undefined
  try {
    pending = runSteps(chain, exchange, gateway)
  } catch (error) {
    return refused(error)
  }
  return pending ? pending.then(answered, refused) : answered()
}

/** Runs the inner part; gives the operation's output or throws its AwsError, after recording it. */
export async function runInProcess(exchange: Exchange, gateway: GatewayState): Promise<Values> {
  const startedAt = performance.now()
  try {
    await runSteps(inProcessChain, exchange, gateway)
  } catch (error) {
    const refusal = error instanceof AwsError ? error : undefined
    record(exchange, gateway, startedAt, refusal ?? internalFailure())
    throw error
  }
  record(exchange, gateway, startedAt, undefined)
  return withValues(exchange.output!)
}

/** From the step at `from` on. Most finish at once: a microtask saved each is 5 % of a small request. */
function runSteps(
  list: Step[],
  exchange: Exchange,
  gateway: GatewayState,
  from = 0,
): Promise<void> | undefined {
  for (let at = from; at < list.length; at++) {
    const pending = list[at]!(exchange, gateway)
    if (pending) return pending.then(() => runSteps(list, exchange, gateway, at + 1))
  }
  return undefined
}
