import { randomUUID } from 'node:crypto'
import { jsonFault } from './filter-check.ts'
import { invalid, parseObject, type Subscription, type Topic } from './model.ts'

type Attributes = Record<string, string>

/** What of a topic's archive a subscription wants again: moments, the end left open for all there is. */
export interface ReplaySpan {
  fromMs: number
  toMs: number | undefined
}

const isNone = (policy: string) => policy === '' || policy === '{}'

/** Only topics with an archive have anything to replay. */
export function checkReplayPolicy(topic: Topic, text: string | undefined, where: string): void {
  if (text === undefined || isNone(text)) return
  if (!topic.isFifo) throw invalid(`${where}ReplayPolicy: Replay is supported only for FIFO topics`)
  const policy = parseObject(text)
  if (!policy) throw invalid(`${where}ReplayPolicy: ${jsonFault(text)}`)
  if (topic.attributes['ArchivePolicy'] === undefined) {
    throw invalid(`${where}ReplayPolicy: The topic does not have an ArchivePolicy`)
  }
  if (policy['PointType'] !== 'Timestamp') {
    throw invalid(`${where}ReplayPolicy: PointType must be Timestamp`)
  }
  const { fromMs, toMs } = spanOf(text)
  if (Number.isNaN(fromMs)) throw invalid(`${where}ReplayPolicy: StartingPoint must be a timestamp`)
  if (toMs !== undefined && !(toMs >= fromMs)) {
    throw invalid(`${where}ReplayPolicy: EndingPoint must be a timestamp after StartingPoint`)
  }
}

const moment = (value: unknown) => (typeof value === 'string' ? Date.parse(value) : Number.NaN)

export function spanOf(policy: string): ReplaySpan {
  const { StartingPoint: from, EndingPoint: to } = parseObject(policy) ?? {}
  return { fromMs: moment(from), toMs: to === undefined ? undefined : moment(to) }
}

/** A new policy is a new replay, which takes the place of one that runs; none ends it. */
export function withReplay(attributes: Attributes, policy: string): Attributes {
  const { ReplayPolicy: _policy, ReplayStatus: _status, ReplayId: _id, ...rest } = attributes
  if (isNone(policy)) return rest
  return { ...rest, ReplayPolicy: policy, ReplayStatus: 'Pending', ReplayId: randomUUID() }
}

const running = new Set(['Pending', 'In progress'])

/** New messages wait for a replay without an end: it comes to them in their order. */
export function isCatchingUp({ attributes }: Subscription): boolean {
  const { ReplayPolicy: policy, ReplayStatus: status = '' } = attributes
  return policy !== undefined && running.has(status) && spanOf(policy).toMs === undefined
}
