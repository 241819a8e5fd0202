import { AwsError, type RawRoute } from '../../gateway/index.ts'
import type { Kernel } from '../../../kernel/index.ts'

const PATH = '/_madang/lambda-code/'
const PURPOSE = 'lambda.code-location'
const VALID_MS = 600_000

/** A link to a package that works for ten minutes, as GetFunction's presigned one does. */
export function codeLocation(
  kernel: Kernel,
  blob: string,
  { originUrl, now }: { originUrl: string; now: number },
): string {
  const sealed = kernel.secrets.seal(`${now + VALID_MS} ${blob}`, PURPOSE)
  return `${originUrl}${PATH}${encodeURIComponent(sealed)}`
}

export const codeRoute = (kernel: Kernel): RawRoute => ({
  name: 'lambda-code',
  matches: (request, place) => request.method === 'GET' && place.path.startsWith(PATH),
  async handle(_request, { path, now }) {
    const [untilMs, blob] = openLink(kernel, decodeURIComponent(path.slice(PATH.length)))
    if (now > untilMs) throw denied('The link has expired.')
    const headers: [string, string][] = [['content-type', 'application/zip']]
    return { status: 200, headers, body: await kernel.blobs.readAll(blob) }
  },
})

function openLink(kernel: Kernel, sealed: string): [untilMs: number, blob: string] {
  try {
    const [until, blob] = kernel.secrets.open(sealed, PURPOSE).split(' ')
    return [Number(until), blob!]
  } catch {
    throw denied('The link is not valid.') // not sealed here: whoever made it up is told no more
  }
}

const denied = (message: string) => new AwsError('AccessDenied', message, { status: 403 })
