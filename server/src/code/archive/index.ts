import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { type Edge, refuse } from '../../kernel/index.ts'
import { type CodeContext, openRepo } from '../context.ts'
import { startGit } from '../git-process.ts'
import { resolveRevision } from '../revision.ts'

const forms = {
  zip: { type: 'application/zip', format: 'zip' },
  'tar.gz': { type: 'application/gzip', format: 'tar' },
} as const

/**
 * `GET /archive/<project>/<repository>/<ref, encoded>.zip` or `.tar.gz`: all files of a commit,
 * streamed as git packs them.
 */
export function archiveEdge(context: CodeContext): Edge {
  return {
    name: 'archive',
    prefix: '/archive',
    access: "viewer of the repository's project",
    async handle({ request, response, url, identify, authorise }) {
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        throw refuse('methodNotAllowed', { method: request.method ?? '', allowed: 'GET' })
      }
      const { project, name, ref, form } = readPath(url.pathname)
      await authorise(await identify(), { project: 'viewer' }, project, 'read')
      const repo = await openRepo(context, project, name)
      const { sha } = await resolveRevision(context.objects, repo, ref)
      const title = `${name}-${ref.replace(/[^\p{L}\p{N}._-]+/gu, '-')}`
      response.writeHead(200, {
        'content-type': forms[form].type,
        'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(`${title}.${form}`)}`,
        'x-content-type-options': 'nosniff',
        'cache-control': 'private, no-cache',
        etag: `"${sha}.${form}"`,
      })
      if (request.method === 'HEAD') return void response.end()
      const args = ['archive', `--format=${forms[form].format}`, `--prefix=${title}/`, sha]
      const child = startGit(repo.folder, args)
      child.stderr.resume()
      child.stdin.end()
      response.on('close', () => child.kill())
      const packed = form === 'zip' ? [child.stdout] : [child.stdout, createGzip()]
      // The reader went away, or git did: a cut archive must not look whole.
      await pipeline([...packed, response]).catch(() => response.destroy())
    },
  }
}

function readPath(path: string) {
  const [, project = '', name = '', encoded = '', form = ''] =
    /^\/archive\/([^/]+)\/([^/]+)\/([^/]+)\.(zip|tar\.gz)$/.exec(path) ?? []
  if (form !== 'zip' && form !== 'tar.gz') throw refuse('notFound', { path })
  try {
    return { project, name, ref: decodeURIComponent(encoded), form } as const
  } catch {
    throw refuse('notFound', { path })
  }
}
