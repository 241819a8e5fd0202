import type { Kernel, Transaction } from '../../kernel/index.ts'
import { removeOrphans } from './attached.ts'
import { imageRemoved } from './events.ts'
import type { RepoName } from './names.ts'
import { doomedTags } from './policy.ts'
import * as store from './store.ts'
import type { OciTables } from './tables.ts'
import { unheldManifests } from './unheld.ts'
import type { Uploads } from './uploads.ts'

type Rules = OciTables['registry_oci_policy']

const COLLECT = 'registry.imagesCollect'
const DAY_MS = 24 * 3_600_000
const EVERY_MS = 3_600_000
/** A push puts blobs before the manifest that needs them, and may pause between. */
const GRACE_MS = DAY_MS
/** So long an image may wait for the index that it is pushed for, however short the project's rule. */
const INDEX_GRACE_MS = 3_600_000
const BATCH = 200

/**
 * Removes what no tag and no manifest needs, a little at a time and beside running pushes: what is
 * about to be needed was touched by its push, and each removal looks again in its own transaction.
 */
export async function collectRegularly(kernel: Kernel, uploads: Uploads): Promise<void> {
  const { jobs, database, clock } = kernel
  const again = (tx: Transaction) =>
    jobs.enqueue(tx, {
      kind: COLLECT,
      payload: {},
      key: 'all',
      runAtMs: clock.now() + EVERY_MS,
    })
  jobs.handle(COLLECT, {
    maxAttempts: Number.MAX_SAFE_INTEGER,
    async run() {
      await collect(kernel)
      await uploads.sweep(7 * DAY_MS)
      await database.write(async (tx) => void (await again(tx)))
    },
  })
  await database.write(async (tx) => void (await again(tx)))
}

export async function collect(kernel: Kernel): Promise<void> {
  await retain(kernel)
  await removeOrphans(kernel, kernel.clock.now() - GRACE_MS)
  await unlinkUnneeded(kernel)
  await removeUnheld(kernel)
}

/** The projects' own rules: the newest tags, and how long a manifest without a tag stays. */
async function retain(kernel: Kernel): Promise<void> {
  const db = kernel.database.tables<OciTables>()
  for (const rules of await db.selectFrom('registry_oci_policy').selectAll().execute()) {
    const repos = await db
      .selectFrom('registry_oci_repo')
      .selectAll()
      .where('project', '=', rules.project)
      .execute()
    for (const repo of repos) {
      if (rules.keep_tags !== null || rules.tag_days !== null) {
        await removeDoomedTags(kernel, repo, rules)
      }
      if (rules.untagged_days !== null) await removeUntagged(kernel, repo, rules.untagged_days)
    }
  }
}

async function removeDoomedTags(kernel: Kernel, repo: RepoName, rules: Rules): Promise<void> {
  const { database, clock } = kernel
  await database.write(async (tx) => {
    const doomed = doomedTags(await store.tagsByAge(tx, repo.name), rules, clock.now())
    for (const { tag } of doomed.slice(0, BATCH)) {
      await store.tagRemove(tx, repo.name, tag)
    }
  })
}

async function removeUntagged(
  kernel: Kernel,
  repo: { name: string; project: string },
  days: number,
) {
  const now = kernel.clock.now()
  const pushed = now - Math.max(days * DAY_MS, INDEX_GRACE_MS)
  const touched = now - INDEX_GRACE_MS
  await kernel.database.write(async (tx) => {
    for (const { digest } of await untagged(tx, repo.name, { pushed, touched })) {
      await kernel.events.append(tx, imageRemoved(repo, digest, 'system'))
      await store.manifestRemove(tx, repo.name, digest)
    }
  })
}

function untagged(tx: Transaction, repo: string, before: { pushed: number; touched: number }) {
  return unheldManifests(tx)
    .select('manifest.digest')
    .where('manifest.repo', '=', repo)
    .where('manifest.pushed_at', '<', before.pushed)
    .where((of) =>
      of.or([
        of('manifest.touched_at', 'is', null),
        of('manifest.touched_at', '<', before.touched),
      ]),
    )
    .limit(BATCH)
    .execute()
}

async function unlinkUnneeded({ database, clock }: Kernel): Promise<void> {
  const before = clock.now() - GRACE_MS
  for (let more = true; more;) {
    more = await database.write(async (tx) => {
      const db = tx.tables<OciTables>()
      const idle = await db
        .selectFrom('registry_oci_link as link')
        .select(['link.repo', 'link.digest'])
        .where('link.touched_at', '<', before)
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('registry_oci_reference as need')
                .select('need.manifest')
                .whereRef('need.repo', '=', 'link.repo')
                .whereRef('need.digest', '=', 'link.digest'),
            ),
          ),
        )
        .limit(BATCH)
        .execute()
      for (const { repo, digest } of idle) await store.unlink(tx, repo, digest)
      return idle.length === BATCH
    })
  }
}

async function removeUnheld({ database, blobs }: Kernel): Promise<void> {
  for (let more = true; more;) {
    more = await database.write(async (tx) => {
      const db = tx.tables<OciTables>()
      const unheld = await db
        .selectFrom('registry_oci_blob as blob')
        .select(['blob.digest', 'blob.blob'])
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('registry_oci_link as link')
                .select('link.repo')
                .whereRef('link.digest', '=', 'blob.digest'),
            ),
          ),
        )
        .limit(BATCH)
        .execute()
      for (const { digest, blob } of unheld) {
        await db.deleteFrom('registry_oci_blob').where('digest', '=', digest).execute()
        tx.afterCommit(() => void blobs.remove(blob))
      }
      return unheld.length === BATCH
    })
  }
}
