import type { Transaction } from '../../kernel/index.ts'
import type { OciTables } from './tables.ts'

/** Manifests that no tag, no index and no living subject holds. */
export function unheldManifests(tx: Transaction) {
  return tx
    .tables<OciTables>()
    .selectFrom('registry_oci_manifest as manifest')
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('registry_oci_tag as tag')
            .select('tag.tag')
            .whereRef('tag.repo', '=', 'manifest.repo')
            .whereRef('tag.digest', '=', 'manifest.digest'),
        ),
      ),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('registry_oci_reference as held')
            .select('held.manifest')
            .whereRef('held.repo', '=', 'manifest.repo')
            .whereRef('held.digest', '=', 'manifest.digest'),
        ),
      ),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('registry_oci_manifest as subject')
            .select('subject.digest')
            .whereRef('subject.repo', '=', 'manifest.repo')
            .whereRef('subject.digest', '=', 'manifest.subject'),
        ),
      ),
    )
}
