import type { RepoImport } from '@madang/api'
import { type Actor, stringify, type Transaction } from '../../kernel/index.ts'
import type { CodeParts } from '../code.ts'
import type { OpenRepo } from '../context.ts'
import { actorFrom } from '../model.ts'
import { type Remote, spoken } from '../remote/index.ts'
import { gitLogin } from './source-address.ts'
import { type ImportRow, type ItemRow, noteProblem, updateImport } from './store-imports.ts'

/** One run of an import: what its steps share. */
export interface ImportRun {
  parts: CodeParts
  row: ImportRow
  repo: OpenRepo
  actor: Actor
  /** Empty where the source asks for none. */
  token: string
  /** Aborted when the server stops and when somebody cancels. */
  signal: AbortSignal
}

export const tokenPurpose = (importId: string) => `code.import ${importId}`

/** The host's name, as people are told it. */
export const hostOf = (row: Pick<ImportRow, 'git_url'>): string => new URL(row.git_url).host

export const runActor = (row: ImportRow): Actor => actorFrom(row.created_by, row.created_by_name)

export function remoteOf({ row, token }: ImportRun): Remote {
  const { git_url: url, source, username } = row
  if (url.startsWith('ssh:')) return { url, login: { kind: 'key', privateKey: token } }
  return { url, login: gitLogin(source, username, token) }
}

/** Writes how far it is and tells open pages. */
export async function saveImport(
  { parts, row }: { parts: Pick<CodeParts, 'context'>; row: ImportRow },
  set: Partial<ImportRow>,
  more: (tx: Transaction) => Promise<void> = async () => undefined,
): Promise<void> {
  const { database, live } = parts.context.kernel
  await database.write(async (tx) => {
    await updateImport(tx, row.id, set)
    await more(tx)
    tx.afterCommit(() =>
      live.publish(`project:${row.project}`, { type: 'code.importChanged', id: row.id }),
    )
  })
  Object.assign(row, set)
}

export const enterPhase = (run: ImportRun, phase: RepoImport['phase']): Promise<void> =>
  saveImport(run, { phase, progress: null, error: null, state: 'running', waits_until: null })

export async function note(
  run: ImportRun,
  at: { kind: ItemRow['kind']; what: string; position?: number },
  error: Error,
): Promise<void> {
  const problem = { import: run.row.id, position: 0, ...at }
  await run.parts.context.kernel.database.write((tx) =>
    noteProblem(tx, problem, spoken(error, hostOf(run.row))),
  )
}

export const errorColumn = (error: unknown, row: ImportRow): string =>
  stringify(spoken(error, hostOf(row)))
