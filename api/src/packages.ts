import { endpoint } from './endpoint.ts'
import { z } from './schema.ts'

const kind = z.enum(['maven', 'npm', 'pypi'])
const artifactPath = z.object({ project: z.string(), artifact: z.string() })

/** Registries that a project's own asks for what it does not hold. */
export const packageEndpoints = {
  packageRemoteList: endpoint({
    method: 'GET',
    path: '/api/projects/:project/package-remotes',
    access: { project: 'viewer' },
    params: z.object({ project: z.string() }),
    result: z.object({ items: z.array(z.object({ kind, url: z.string() })) }),
  }),
  packageRemoteSet: endpoint({
    method: 'PUT',
    path: '/api/projects/:project/package-remotes/:kind',
    access: { project: 'maintainer' },
    params: z.object({ project: z.string(), kind }),
    /** Null takes it off. */
    body: z.object({ url: z.url({ protocol: /^https?$/ }).nullable() }),
    result: z.object({}),
  }),
  /** What a package manager reads of a file beside its bytes. */
  packageFileGet: endpoint({
    method: 'GET',
    path: '/api/projects/:project/artifacts/:artifact/package',
    access: { project: 'viewer' },
    params: artifactPath,
    result: z.object({
      /** Absent: no package manager published it. */
      kind: kind.optional(),
      /** Why pip passes over it (PEP 592); empty for no reason. */
      yanked: z.string().optional(),
      /** What npm warns of. */
      deprecated: z.string().optional(),
    }),
  }),
  packageYank: endpoint({
    method: 'PUT',
    path: '/api/projects/:project/artifacts/:artifact/yanked',
    access: { project: 'developer' },
    params: artifactPath,
    /** Null takes it back. */
    body: z.object({ reason: z.string().max(200).nullable() }),
    result: z.object({}),
  }),
}
