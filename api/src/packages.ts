import { endpoint } from './endpoint.ts'
import { z } from './schema.ts'

const kind = z.enum(['maven', 'npm', 'pypi'])

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
}
