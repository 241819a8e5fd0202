import { sql } from 'kysely'
import { type Kernel, parseColumn, type Transaction } from '../../kernel/index.ts'
import { imageRemoved } from './events.ts'
import type { ImageFacts } from './image-facts.ts'
import { attachingTags } from './names.ts'
import * as store from './store.ts'
import type { OciTables } from './tables.ts'
import { unheldManifests } from './unheld.ts'

// Signatures, bills of materials and attestations: what clients attach to an image, by `subject` or
// by the name of a tag. They live as long as their image does.

const MOST = 100
const BATCH = 200

/** Something attached to an image, as a page shows it. */
export interface Attached {
  digest: string
  artifactType: string | undefined
  /** What an attestation in a sigstore bundle states: `https://slsa.dev/provenance/v1`. */
  predicateType: string | undefined
  sizeBytes: number
}

/** What is attached to a manifest, at most 100. */
export async function attachedTo(
  source: store.Source,
  repo: string,
  digest: string,
): Promise<Attached[]> {
  const pointing = await store.referrers(source, repo, { subject: digest, limit: MOST })
  const known = new Set(pointing.map((row) => row.digest))
  for (const tag of attachingTags(digest)) {
    const row = await store.manifestByTag(source, repo, tag)
    // An index at the fallback tag only lists what points here by itself, too.
    if (row && !known.has(row.digest) && !isIndex(row)) pointing.push(row)
  }
  return pointing.map(attached)
}

const isIndex = ({ content }: store.ManifestRow) =>
  Array.isArray((JSON.parse(content) as { manifests?: unknown }).manifests)

function attached(row: store.ManifestRow): Attached {
  const { sizeBytes, annotations, layers } = parseColumn<ImageFacts>(row.facts)
  // cosign's own tags hold what looks like an image: its layers say what it is.
  const isImage = /\.image\.config\b|\.container\.image\b/.test(row.artifact_type ?? '')
  return {
    digest: row.digest,
    artifactType: (isImage && layers[0]?.mediaType) || (row.artifact_type ?? undefined),
    predicateType: annotations['dev.sigstore.bundle.predicateType'] ?? annotations['predicateType'],
    sizeBytes: sizeBytes || row.size,
  }
}

/**
 * Removes what is attached to images that are gone. A signature may come before its image: one that
 * waits is kept until `before`.
 */
export async function removeOrphans(kernel: Kernel, beforeMs: number): Promise<void> {
  for (let more = true; more;) {
    more = await kernel.database.write(async (tx) => {
      const tags = await orphanTags(tx, beforeMs)
      for (const { repo, project, tag, digest } of tags) {
        await store.tagRemove(tx, repo, tag)
        await removeUnheld(kernel, tx, { repo, project, digest })
      }
      const pointing = await unheldManifests(tx)
        .innerJoin('registry_oci_repo as repository', 'repository.name', 'manifest.repo')
        .select(['manifest.repo', 'manifest.digest', 'repository.project'])
        .where('manifest.subject', 'is not', null)
        .where('manifest.pushed_at', '<', beforeMs)
        .limit(BATCH)
        .execute()
      for (const row of pointing) await remove(kernel, tx, row)
      return tags.length === BATCH || pointing.length > 0
    })
  }
}

interface Place {
  repo: string
  project: string
  digest: string
}

/** Tags by whose name something is attached to an image that the repository does not have. */
function orphanTags(tx: Transaction, beforeMs: number) {
  return tx
    .tables<OciTables>()
    .selectFrom('registry_oci_tag as tag')
    .innerJoin('registry_oci_repo as repository', 'repository.name', 'tag.repo')
    .select(['tag.repo', 'tag.tag', 'tag.digest', 'repository.project'])
    .where((of) => of.or([of('tag.tag', 'like', SHORT), of('tag.tag', 'like', `${SHORT}.___`)]))
    .where('tag.updated_at', '<', beforeMs)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('registry_oci_manifest as subject')
            .select('subject.digest')
            .whereRef('subject.repo', '=', 'tag.repo')
            .where('subject.digest', '=', sql<string>`'sha256:' || substr(tag.tag, 8, 64)`),
        ),
      ),
    )
    .limit(BATCH)
    .execute()
}

const SHORT = `sha256-${'_'.repeat(64)}`

async function removeUnheld(kernel: Kernel, tx: Transaction, place: Place): Promise<void> {
  const unheld = await unheldManifests(tx)
    .select('manifest.digest')
    .where('manifest.repo', '=', place.repo)
    .where('manifest.digest', '=', place.digest)
    .executeTakeFirst()
  if (unheld) await remove(kernel, tx, place)
}

async function remove({ events }: Kernel, tx: Transaction, { repo, project, digest }: Place) {
  await events.append(tx, imageRemoved({ name: repo, project }, digest, 'system'))
  await store.manifestRemove(tx, repo, digest)
}
