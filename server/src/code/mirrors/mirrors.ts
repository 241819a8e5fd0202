import { createHash } from 'node:crypto'
import { codeMirrorErrors, type Mirror, type MirrorAuth, type SpokenError } from '@madang/api'
import { type Actor, parseColumn, refusals } from '../../kernel/index.ts'
import type { CodeContext, OpenRepo } from '../context.ts'
import { newKeyPair } from '../keys/index.ts'
import { iso } from '../model.ts'
import { readRemote } from '../remote/index.ts'
import { enqueueMirror, saveMirror } from './mirror-job.ts'
import { secretPurpose } from './mirror-run.ts'
import {
  deleteMirror,
  insertMirror,
  mirrorById,
  type MirrorRow,
  mirrorsOf,
} from './store-mirrors.ts'

const refuseMirror = refusals(codeMirrorErrors)

interface Settings {
  branches: string
  prune: boolean
  overwrite: boolean
  everyMinutes: number
  isActive: boolean
}

export interface NewMirror extends Settings {
  direction: 'pull' | 'push'
  url: string
  auth: MirrorAuth
  username?: string | undefined
  token?: string | undefined
}

type Given<T> = { [K in keyof T]?: T[K] | undefined }

export interface MirrorEdit extends Given<Settings> {
  username?: string | undefined
  token?: string | undefined
  forgetHostKeys?: true | undefined
}

/** Throws `mirrorNotFound`, also for one of another repository. */
export async function findMirror(
  { kernel }: CodeContext,
  repo: OpenRepo,
  id: string,
): Promise<MirrorRow> {
  const row = await mirrorById(kernel.database, id)
  if (row?.repo_id !== repo.row.id) throw refuseMirror('mirrorNotFound')
  return row
}

/** Throws `mirrorExists`, `mirrorAuthMismatch`, `outgoing…`. */
export async function createMirror(
  context: CodeContext,
  repo: OpenRepo,
  { actor, given }: { actor: Actor; given: NewMirror },
): Promise<MirrorRow> {
  const { database, ids, clock, outgoing } = context.kernel
  const read = readRemote(given.url)
  await outgoing.target(read.url, ['http', 'https', 'ssh', 'git'])
  const token = given.token || read.password
  const auth = given.auth === 'none' && token !== '' ? 'token' : given.auth
  const isSsh = read.url.startsWith('ssh:')
  if (isSsh !== (auth === 'sshKey')) throw refuseMirror('mirrorAuthMismatch')
  const others = await mirrorsOf(database, repo.row.id)
  const followed = others.find((row) => row.direction === 'pull')
  if (given.direction === 'pull' && followed)
    throw refuseMirror('mirrorExists', { url: followed.url })
  const id = ids.next('mir')
  const row: MirrorRow = {
    ...blank(clock.now()),
    ...columnsOf(given),
    id,
    repo_id: repo.row.id,
    direction: given.direction,
    url: read.url,
    auth,
    username: given.username || (isSsh ? '' : read.username),
    ...secretColumns(context, id, { auth, token }),
    created_by: actor.id,
    created_by_name: actor.name,
  }
  await database.write(async (tx) => {
    await insertMirror(tx, row)
    await audit(context, tx, { actor, action: 'mirror.created', repo, row })
    if (given.isActive) await enqueueMirror(context, tx, { id })
  })
  return row
}

const blank = (now: number) => ({
  host_keys: null,
  state: 'waiting' as const,
  failures: 0,
  error: null,
  diverged: '[]',
  tried_at: null,
  succeeded_at: null,
  next_at: null,
  created_at: now,
})

function columnsOf({ branches, prune, overwrite, everyMinutes, isActive }: Given<Settings>) {
  return {
    ...(branches === undefined ? {} : { branches }),
    ...(prune === undefined ? {} : { prune: Number(prune) }),
    ...(overwrite === undefined ? {} : { overwrite: Number(overwrite) }),
    ...(everyMinutes === undefined ? {} : { every_minutes: everyMinutes }),
    ...(isActive === undefined ? {} : { is_active: Number(isActive) }),
  } as Pick<MirrorRow, 'branches' | 'prune' | 'overwrite' | 'every_minutes' | 'is_active'>
}

/** The key is made here and its private half never leaves; the public one is for the other host. */
function secretColumns(
  { kernel }: CodeContext,
  id: string,
  { auth, token }: { auth: MirrorAuth; token: string },
): Pick<MirrorRow, 'secret' | 'public_key'> {
  const seal = (text: string) => kernel.secrets.seal(text, secretPurpose(id))
  if (auth !== 'sshKey') return { secret: token === '' ? null : seal(token), public_key: null }
  const { privateKey, publicKey } = newKeyPair(`madang ${id}`)
  return { secret: seal(privateKey), public_key: publicKey }
}

export async function editMirror(
  context: CodeContext,
  repo: OpenRepo,
  { actor, row, edit }: { actor: Actor; row: MirrorRow; edit: MirrorEdit },
): Promise<MirrorRow> {
  const { database, clock } = context.kernel
  const token = row.auth === 'token' && edit.token ? edit.token : undefined
  const set: Partial<MirrorRow> = {
    ...columnsOf(edit),
    ...(edit.username === undefined ? {} : { username: edit.username }),
    ...(token === undefined ? {} : secretColumns(context, row.id, { auth: 'token', token })),
    ...(edit.forgetHostKeys ? { host_keys: null } : {}),
    // Looked at anew with what was changed.
    ...((edit.isActive ?? row.is_active === 1) ? { next_at: clock.now() } : { next_at: null }),
  }
  await saveMirror(context, { row, project: repo.project, set })
  await database.write((tx) => audit(context, tx, { actor, action: 'mirror.changed', repo, row }))
  return { ...row, ...set }
}

export async function startMirror(
  context: CodeContext,
  repo: OpenRepo,
  row: MirrorRow,
): Promise<MirrorRow> {
  const set = { state: 'waiting', next_at: context.kernel.clock.now() } as const
  await saveMirror(context, { row, project: repo.project, set })
  return { ...row, ...set }
}

export async function removeMirror(
  context: CodeContext,
  repo: OpenRepo,
  { actor, row }: { actor: Actor; row: MirrorRow },
): Promise<void> {
  await context.kernel.database.write(async (tx) => {
    await deleteMirror(tx, row.id)
    await audit(context, tx, { actor, action: 'mirror.deleted', repo, row })
  })
}

function audit(
  context: CodeContext,
  tx: Parameters<CodeContext['identity']['audit']>[0],
  given: { actor: Actor; action: string; repo: OpenRepo; row: MirrorRow },
): Promise<void> {
  const { actor, action, repo, row } = given
  const detail = { url: row.url, direction: row.direction }
  const { project } = repo
  return context.identity.audit(tx, { actor, action, subject: row.id, project, detail })
}

const moment = (ms: number | null) => (ms === null ? undefined : iso(ms))

export function presentMirror(row: MirrorRow): Mirror {
  return {
    id: row.id,
    direction: row.direction,
    url: row.url,
    auth: row.auth,
    username: row.username || undefined,
    publicKey: row.public_key ?? undefined,
    hostKeys: fingerprintsOf(row.host_keys ?? ''),
    branches: row.branches,
    prune: row.prune === 1,
    overwrite: row.overwrite === 1,
    everyMinutes: row.every_minutes,
    isActive: row.is_active === 1,
    state: row.state,
    failures: row.failures,
    error: row.error === null ? undefined : parseColumn<SpokenError>(row.error),
    diverged: parseColumn<string[]>(row.diverged),
    triedAt: moment(row.tried_at),
    succeededAt: moment(row.succeeded_at),
    nextAt: moment(row.next_at),
    createdAt: iso(row.created_at),
  }
}

/** As `ssh-keygen -l` prints them, of lines `<host> <algorithm> <key>`. */
function fingerprintsOf(lines: string): string[] {
  return lines
    .split('\n')
    .map((line) => line.split(' ')[2])
    .filter((key) => key !== undefined && key !== '')
    .map((key) => createHash('sha256').update(Buffer.from(key!, 'base64')).digest('base64'))
    .map((digest) => `SHA256:${digest.replace(/=+$/, '')}`)
}
