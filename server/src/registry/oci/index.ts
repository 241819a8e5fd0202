import type { Kernel } from '../../kernel/index.ts'
import { OciAccess } from './access.ts'
import { ociEdge } from './edge.ts'
import { collectRegularly } from './garbage.ts'
import { imageRoutes } from './routes.ts'
import { keptBlobs } from './store.ts'
import { Uploads } from './uploads.ts'

export { ociMigration, ociTouchMigration } from './tables.ts'

/** Container images and other OCI artifacts: the distribution API 1.1 at `/v2`, and what pages show of it. */
export async function createImages(kernel: Kernel): Promise<void> {
  const uploads = new Uploads(kernel)
  const blobs = kernel.blobs.of('oci', (ids) => keptBlobs(kernel.database, ids))
  const parts = { kernel, uploads, blobs, access: new OciAccess(kernel) }
  kernel.http.edge(ociEdge(parts))
  kernel.http.add(imageRoutes(kernel))
  await collectRegularly(kernel, uploads)
}
