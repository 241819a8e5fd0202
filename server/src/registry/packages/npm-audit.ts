import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { bytesOf, readBody, refuse } from '../../kernel/index.ts'
import { refuse as refuseArtifact } from '../model.ts'
import { type NpmCall, npmError, sendNpm } from './npm-call.ts'
import * as db from './store.ts'

const LARGEST_BODY = 32 * 1024 * 1024
const LARGEST_ANSWER = 64 * 1024 * 1024
const unzip = promisify(gunzip)

export const AUDITS = ['advisories/bulk', 'audits', 'audits/quick']

/**
 * `npm audit`, `pnpm audit`, `yarn audit`: the remote registry knows the advisories, and is asked about
 * everything but what the project publishes itself. Without one nothing is known, which is no "0 found".
 */
export async function audit(call: NpmCall, what: string): Promise<void> {
  const { parts, project, remotes } = call
  const remote = await remotes.urlOf(project, 'npm')
  if (remote === undefined) {
    return npmError(
      call,
      404,
      'no advisories are known here: the project names no remote npm registry',
    )
  }
  const own = new Set(await db.namesOf(parts.kernel.database, project, 'npm'))
  const body = JSON.stringify(withoutOwn(await question(call), own))
  const url = `${remote}/-/npm/v1/security/${what}`
  const answer = await parts.kernel.outgoing
    .fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
    .catch((error: unknown) => {
      throw refuseArtifact('packageRemote', { url, reason: (error as Error).message })
    })
  const bytes = await bytesOf(answer, LARGEST_ANSWER)
  if (answer.status !== 200) {
    const reason = `status ${answer.status}`
    throw refuseArtifact('packageRemote', { url, reason })
  }
  sendNpm(call, JSON.parse(bytes.toString('utf8')))
}

async function question({ exchange: { request } }: NpmCall): Promise<unknown> {
  const sent = await readBody(request, LARGEST_BODY)
  try {
    const isZipped = request.headers['content-encoding'] === 'gzip'
    const bytes = isZipped ? await unzip(sent, { maxOutputLength: LARGEST_BODY }) : sent
    return JSON.parse(bytes.toString('utf8')) as unknown
  } catch (error) {
    throw refuse('badRequest', { reason: `the body is no JSON: ${(error as Error).message}` })
  }
}

/** Names are keys of what a client asks about, flat or as a tree. */
function withoutOwn(value: unknown, own: Set<string>): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const entries = Object.entries(value).filter(([name]) => !own.has(name))
  return Object.fromEntries(entries.map(([name, of]) => [name, withoutOwn(of, own)]))
}
