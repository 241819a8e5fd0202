import type { EventBridge, Operations, RequestContext } from '../../gateway/index.ts'
import { type Archive, archiveArn } from './model.ts'
import { busOf, checkPattern, type EventsParts, paged } from './parts.ts'
import { noArchive, taken } from './refusals.ts'

const DAY_MS = 86_400_000
const SWEEP = 'cloud-events.sweep'

export const archiveOperations = (parts: EventsParts) => {
  const { store } = parts
  return {
    async CreateArchive(input, ctx) {
      const name = input.ArchiveName!
      const bus = busOf(parts, input.EventSourceArn, ctx)
      if (input.EventPattern) checkPattern(parts, input.EventPattern)
      const arn = archiveArn(ctx, name)
      if (store.find(arn)) throw taken('Archive', name)
      const { account, region, now } = ctx
      const archive: Archive = {
        kind: 'archive',
        arn,
        name,
        account,
        region,
        sourceArn: bus.arn,
        description: input.Description,
        pattern: input.EventPattern || undefined,
        retentionDays: input.RetentionDays ?? 0,
        createdAt: now,
      }
      await store.put(archive)
      return answerOf(archive)
    },

    async DescribeArchive(input, ctx) {
      const archive = archiveOf(parts, input.ArchiveName, ctx)
      return {
        ArchiveArn: archive.arn,
        ...(await shown(parts, archive)),
        ...(archive.description !== undefined && { Description: archive.description }),
        ...(archive.pattern !== undefined && { EventPattern: archive.pattern }),
      }
    },

    async ListArchives(input, ctx) {
      const source = input.EventSourceArn && busOf(parts, input.EventSourceArn, ctx).arn
      const all = store
        .list('archive', ctx)
        .filter(({ name }) => name.startsWith(input.NamePrefix ?? ''))
        .filter(({ sourceArn }) => source === undefined || sourceArn === source)
      // Every archive here is enabled.
      const { page, ...next } = paged(
        input.State === undefined || input.State === 'ENABLED' ? all : [],
        input,
      )
      return { Archives: await Promise.all(page.map((one) => shown(parts, one))), ...next }
    },

    async UpdateArchive(input, ctx) {
      const archive = archiveOf(parts, input.ArchiveName, ctx)
      if (input.EventPattern) checkPattern(parts, input.EventPattern)
      const next = {
        ...archive,
        description: input.Description ?? archive.description,
        pattern: input.EventPattern ?? archive.pattern,
        retentionDays: input.RetentionDays ?? archive.retentionDays,
      }
      await store.put(next)
      return answerOf(next)
    },

    async DeleteArchive(input, ctx) {
      const archive = archiveOf(parts, input.ArchiveName, ctx)
      await store.remove(archive, (tx) => store.forget(tx, archive, Number.MAX_SAFE_INTEGER))
      return {}
    },
  } satisfies Operations<EventBridge>
}

function archiveOf({ store }: EventsParts, name: string | undefined, ctx: RequestContext): Archive {
  const archive = store.find<Archive>(archiveArn(ctx, name ?? ''))
  if (!archive) throw noArchive(name ?? '')
  return archive
}

const answerOf = ({ arn, createdAt }: Archive) => ({
  ArchiveArn: arn,
  State: 'ENABLED' as const,
  CreationTime: new Date(createdAt),
})

async function shown({ store }: EventsParts, archive: Archive) {
  const { count, bytes } = await store.archived(archive)
  return {
    ArchiveName: archive.name,
    EventSourceArn: archive.sourceArn,
    State: 'ENABLED' as const,
    RetentionDays: archive.retentionDays,
    SizeBytes: bytes,
    EventCount: count,
    CreationTime: new Date(archive.createdAt),
  }
}

/** Once a day events leave that are past their archive's retention. */
export async function startSweep({ store, deps }: EventsParts): Promise<void> {
  const { jobs, database, clock } = deps.kernel
  const next = () => ({ kind: SWEEP, payload: {}, key: SWEEP, runAtMs: clock.now() + DAY_MS })
  jobs.handle(SWEEP, {
    async run() {
      await database.write(async (tx) => {
        for (const archive of store.archives()) {
          if (archive.retentionDays === 0) continue
          await store.forget(tx, archive, clock.now() - archive.retentionDays * DAY_MS)
        }
        await jobs.enqueue(tx, next())
      })
    },
  })
  await database.write((tx) => jobs.enqueue(tx, next()))
}
