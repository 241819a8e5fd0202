import { pipeline } from 'node:stream/promises'
import { type Edge, refuse as refuseRequest } from '../kernel/index.ts'
import { type CodeContext, openRepo, projectNow } from './context.ts'
import { findBlob } from './file-read.ts'
import { startGit } from './git-process.ts'

/**
 * `GET /raw/<project>/<repository>/<ref, encoded>/<path>`: a file's bytes as they are. What people
 * commit is never a page of ours: it comes as a download or plain text, sandboxed, without
 * sniffing.
 */
export function rawEdge(context: CodeContext): Edge {
  return {
    name: 'raw',
    prefix: '/raw',
    access: "viewer of the repository's project",
    async handle({ request, response, url, identify, authorise }) {
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        throw refuseRequest('methodNotAllowed', { method: request.method ?? '', allowed: 'GET' })
      }
      const [asked = '', name = '', ref = '', ...path] = partsOf(url.pathname)
      const project = await projectNow(context, asked, name)
      await authorise(await identify(), { project: 'viewer' }, { project, repo: name }, 'read')
      const repo = await openRepo(context, project, name)
      const blob = await findBlob(context.objects, repo, { ref, path: path.join('/') })
      const image = imageType(blob.path)
      const fileName = `filename*=UTF-8''${encodeURIComponent(path.at(-1) ?? 'file')}`
      response.writeHead(200, {
        'content-type': image ?? 'application/octet-stream',
        'content-length': blob.sizeBytes,
        'content-disposition': `${image ? 'inline' : 'attachment'}; ${fileName}`,
        'content-security-policy': "default-src 'none'; sandbox",
        'x-content-type-options': 'nosniff',
        'cache-control': 'private, no-cache',
      })
      if (request.method === 'HEAD') return void response.end()
      const child = startGit(repo.folder, ['cat-file', 'blob', blob.sha])
      child.stderr.resume()
      child.stdin.end()
      response.on('close', () => child.kill())
      await pipeline(child.stdout, response).catch(() => response.destroy())
    },
  }
}

function partsOf(path: string): string[] {
  try {
    return path.split('/').slice(2).map(decodeURIComponent)
  } catch {
    throw refuseRequest('notFound', { path })
  }
}

const images: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  // An SVG in an <img> runs nothing, and the sandbox holds it when opened by itself.
  svg: 'image/svg+xml',
}

export function imageType(path: string): string | undefined {
  return images[path.slice(path.lastIndexOf('.') + 1).toLowerCase()]
}
