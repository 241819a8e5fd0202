import type { Kernel } from '../../kernel/index.ts'
import { OciAccess } from './access.ts'
import { ociEdge } from './edge.ts'
import { collectRegularly } from './garbage.ts'
import { imageRoutes } from './routes.ts'
import { LocalImages } from './local.ts'
import { ProxyPull } from './proxy.ts'
import { keptBlobs } from './store.ts'
import { ImageSpaces } from './spaces.ts'
import { Uploads } from './uploads.ts'
import type { ImageUsers } from './uses.ts'

export { ociMigration, ociProxyMigration, ociRulesMigration, ociTouchMigration } from './tables.ts'
export type { LocalImages }
export { digestOf, repoNameOf } from './names.ts'
export { mediaTypes, type Descriptor } from './manifest-document.ts'
export { OciError } from './error.ts'
export type { Action } from './access.ts'
export type { ImageChange, ImageSpace, ImageSpaces, SpaceActor, SpaceRefusal } from './spaces.ts'
export type { LocalImage } from './local.ts'
export { LayerSteps } from './layer-steps.ts'
export { ImageUsers, type UsedImage } from './uses.ts'

/** Container images and other OCI artifacts: the distribution API 1.1 at `/v2`, and what pages show of it. */
export async function createImages(kernel: Kernel, users: ImageUsers): Promise<LocalImages> {
  const uploads = new Uploads(kernel)
  const blobs = kernel.blobs.of('oci', (ids) => keptBlobs(kernel.database, ids))
  const spaces = new ImageSpaces()
  const own = { kernel, uploads, blobs, spaces, access: new OciAccess(kernel, spaces) }
  const proxy = new ProxyPull(own)
  const parts = { ...own, proxy }
  kernel.http.edge(ociEdge(parts))
  kernel.http.add(imageRoutes(kernel, users))
  await collectRegularly(kernel, uploads)
  return new LocalImages(parts)
}
