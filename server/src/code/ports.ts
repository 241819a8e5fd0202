import type { Identity } from '../identity/index.ts'
import type { Plan } from '../plan/index.ts'
import type { MovedRef } from './ref-name.ts'

/** What `code` asks of `identity`. */
export type IdentityPort = Pick<
  Identity,
  | 'roleIn'
  | 'repoRoles'
  | 'personGet'
  | 'personByName'
  | 'peopleOf'
  | 'projectList'
  | 'projectGet'
  | 'projectCreate'
  | 'projectUpdate'
  | 'projectDelete'
  | 'memberList'
  | 'memberSet'
  | 'memberRemove'
  | 'personList'
  | 'audit'
>

/** What `code` asks of `plan`. Without it, issue keys are plain text. */
export type PlanPort = Pick<Plan, 'issueKeysIn' | 'issueGet' | 'issueTransition'>

/** Why references of a repository may not be moved here: it follows another one. */
export type MirrorGuard = (repoId: string, moves: MovedRef[]) => Promise<string[] | undefined>

/** What is looked through for secrets: the commits that arrive, and where git finds them. */
export interface ScanGiven {
  folder: string
  /** Arguments of `git log`. */
  fresh: string[]
  env: Record<string, string>
}

/** Looks through what arrives in a repository; gives the lines to refuse it with. */
export type SecretScanner = (repoId: string, given: ScanGiven) => Promise<string[] | undefined>

/** Signs commits made here (merges, commits of pages) with a key of the server's own. */
export interface CommitSigner {
  /** Writes a signed copy of an unsigned commit; gives its sha. */
  sign(folder: string, sha: string): Promise<string>
  /** One line of OpenSSH's format, for `allowed_signers`, and its fingerprint. */
  publicKey: { key: string; fingerprint: string }
}
