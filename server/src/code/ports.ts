import type { Role } from '@madang/api'
import type { Actor, Transaction } from '../kernel/index.ts'

/** What `code` asks of `identity`. */
export interface IdentityPort {
  roleIn(actor: Actor, project: string): Promise<Role | undefined>
  /** `id` without the `person:` before it. */
  personGet(id: string): Promise<{ name: string; displayName: string } | undefined>
}

/** What `code` asks of `plan`. Without it, issue keys are plain text. */
export interface PlanPort {
  issueKeysIn(text: string): Promise<string[]>
  issueGet(key: string): Promise<{ status: string } | undefined>
  issueTransition(tx: Transaction, actor: Actor, key: string, status: string): Promise<unknown>
}
