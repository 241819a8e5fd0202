import type { Exchange } from '../../kernel/index.ts'
import type { PackageParts } from './http.ts'
import { sendText } from './http.ts'
import { type Packument, packument } from './npm-document.ts'
import type { Remotes } from './remote.ts'
import * as db from './store.ts'

export const NPM_PREFIX = '/npm'
const JSON_TYPE = 'application/json; charset=utf-8'

/** One request to a project's npm registry. */
export interface NpmCall {
  exchange: Exchange
  project: string
  parts: PackageParts
  remotes: Remotes
}

/** Where the project's registry is, without a slash at its end. */
export const npmBase = ({ exchange, project }: NpmCall) =>
  `${exchange.info.origin}${NPM_PREFIX}/${project}`

/** What the project itself published under the name; undefined: nothing that is still there. */
export async function ownPackument(call: NpmCall, name: string): Promise<Packument | undefined> {
  const { parts, project } = call
  const { database } = parts.kernel
  const files = await db.filesOf(database, project, 'npm', name)
  if (files.length === 0) return undefined
  return packument(name, {
    files,
    tags: await db.tagsOf(database, project, name),
    base: npmBase(call),
  })
}

export function sendNpm({ exchange }: NpmCall, value: unknown, status = 200): void {
  sendText(exchange, JSON.stringify(value), JSON_TYPE, status)
}

/** The form of errors that npm prints. */
export function npmError(call: NpmCall, status: number, error: string): void {
  sendNpm(call, { error }, status)
}
