import { type Actor, readBody } from '../../kernel/index.ts'
import { type NpmCall, npmError, ownPackument, sendNpm } from './npm-call.ts'
import { type Packument, readRevision, tarballName } from './npm-document.ts'
import * as db from './store.ts'

const LARGEST_BODY = 64 * 1024 * 1024

/**
 * `…/-rev/<revision>` as `npm unpublish` sends it: PUT of the packument without a version and DELETE
 * of that version's tarball, or DELETE of the whole package. What is gone is never published again.
 */
export async function unpublish(
  call: NpmCall,
  name: string,
  given: { rest: string[]; actor: Actor },
): Promise<void> {
  const { rest, actor } = given
  const method = call.exchange.request.method ?? 'GET'
  const revision = rest.at(-1)!
  const of = rest.slice(0, -2)
  const found = await ownPackument(call, name)
  if (method === 'DELETE' && of.length === 2 && of[0] === '-') {
    // Mostly gone already: the packument without it came before.
    const versions = Object.keys(found?.versions ?? {})
    const removed = versions.filter((version) => tarballName(name, version) === of[1])
    await removeVersions(call, actor, { name, versions: removed })
    return sendNpm(call, { ok: true })
  }
  if (!found || of.length > 0) return npmError(call, 404, 'not found')
  if (revision !== found._rev) return npmError(call, 409, 'Document update conflict.')
  if (method === 'DELETE') return removeAll(call, actor, found)
  if (method === 'PUT') return removeMissing(call, actor, found)
  npmError(call, 405, `${method} is not possible here`)
}

async function removeAll(call: NpmCall, actor: Actor, found: Packument): Promise<void> {
  await removeVersions(call, actor, { name: found.name, versions: Object.keys(found.versions) })
  sendNpm(call, { ok: true })
}

async function removeMissing(call: NpmCall, actor: Actor, found: Packument): Promise<void> {
  const { name } = found
  const given = readRevision(await readBody(call.exchange.request, LARGEST_BODY), name)
  if (!given) {
    return npmError(call, 400, "only versions can be taken away; owners are the project's members")
  }
  const { database } = call.parts.kernel
  const at = { project: call.project, name }
  const gone = Object.keys(found.versions).filter((version) => !given.versions[version])
  await database.write(async (tx) => {
    for (const tag of Object.keys(found['dist-tags'])) {
      if (given.tags[tag] === undefined) await db.tagRemove(tx, { ...at, tag })
    }
    for (const [tag, version] of Object.entries(given.tags)) {
      await db.tagSet(tx, { ...at, tag }, version)
    }
  })
  await removeVersions(call, actor, { name, versions: gone })
  sendNpm(call, { ok: true, id: name })
}

async function removeVersions(
  { parts, project }: NpmCall,
  actor: Actor,
  { name, versions }: { name: string; versions: string[] },
): Promise<void> {
  const files = await db.filesOf(parts.kernel.database, project, 'npm', name)
  for (const { version, artifact } of files) {
    if (versions.includes(version)) await parts.registry.artifactDelete(actor, project, artifact)
  }
}
