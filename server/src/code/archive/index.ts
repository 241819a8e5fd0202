import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import { type Edge, refuse, streamTo } from '../../kernel/index.ts'
import { type CodeContext, openRepo, projectNow } from '../context.ts'
import { GitFailure, startGit } from '../git-process.ts'
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
      const { project: asked, name, ref, form } = readPath(url.pathname)
      const project = await projectNow(context, asked, name)
      await authorise(await identify(), { project: 'viewer' }, { project, repo: name }, 'read')
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
      response.on('close', () => child.kill())
      const packed = gitOutput(child)
      await streamTo(
        response,
        form === 'zip' ? packed : Readable.from(packed).compose(createGzip()),
      )
    },
  }
}

/** What git prints; throws when it fails, also after it printed a part. */
async function* gitOutput(child: ReturnType<typeof startGit>): AsyncGenerator<Buffer> {
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  ended.catch(() => undefined) // awaited below, after the output
  child.stderr.resume()
  child.stdin.end()
  for await (const piece of child.stdout) yield piece as Buffer
  const exitCode = await ended
  if (exitCode !== 0) throw new GitFailure(['archive'], exitCode, '', Buffer.alloc(0))
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
