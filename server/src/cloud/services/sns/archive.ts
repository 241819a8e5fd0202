import { AwsError } from '../../gateway/index.ts'
import { invalid, parseObject, type Topic } from './model.ts'
import type { SnsParts } from './parts.ts'

const DAY_MS = 24 * 3_600_000
const KIND = 'cloud-sns.archive'
const EVERY_MS = 3_600_000

/** FIFO topics alone archive, for 1 to 365 days. */
export function checkArchivePolicy(value: string, isFifo: boolean, where: string): void {
  if (isNone(value)) return
  if (!isFifo) throw invalid(`${where}ArchivePolicy can only be set for FIFO topics`)
  const days = daysOf(value)
  if (Number.isInteger(days) && days >= 1 && days <= 365) return
  throw invalid(`${where}ArchivePolicy: MessageRetentionPeriod must be between 1 and 365`)
}

const isNone = (value: string) => value === '' || value === '{}'

const daysOf = (policy: string) => Number(parseObject(policy)?.['MessageRetentionPeriod'])

/** What has to be kept of a policy besides its text: since when there is an archive. */
export function archiveAttributes(
  before: Record<string, string>,
  value: string,
  now: number,
): Record<string, string> {
  const { ArchivePolicy: _policy, BeginningArchiveTime: since, ...rest } = before
  if (isNone(value)) return rest
  const BeginningArchiveTime = since ?? new Date(now).toISOString()
  return { ...rest, ArchivePolicy: value, BeginningArchiveTime }
}

/** From when on messages of a topic can be replayed; undefined without an archive. */
export function archiveBeginning({ attributes }: Topic, now: number): number | undefined {
  const { ArchivePolicy: policy, BeginningArchiveTime: since } = attributes
  if (policy === undefined || since === undefined) return undefined
  return Math.max(Date.parse(since), now - daysOf(policy) * DAY_MS)
}

export function checkDeletable(topic: Topic): void {
  if (topic.attributes['ArchivePolicy'] === undefined) return
  throw new AwsError(
    'InvalidStateException',
    'Invalid state: Cannot delete a topic with an ArchivePolicy',
  )
}

/** Replays see nothing past the retention at once; this takes it off the disk. */
export async function startArchiveSweep({ deps, store, archive }: SnsParts): Promise<void> {
  const { jobs, clock, database } = deps.kernel
  const next = () =>
    database.write((tx) =>
      jobs.enqueue(tx, { kind: KIND, key: 'all', payload: {}, runAtMs: clock.now() + EVERY_MS }),
    )
  jobs.handle(KIND, {
    async run() {
      for (const topic of store.everyTopic()) {
        const beginning = archiveBeginning(topic, clock.now())
        if (beginning !== undefined) await archive.forget(topic.arn, beginning)
      }
      await next()
    },
  })
  await next()
}
