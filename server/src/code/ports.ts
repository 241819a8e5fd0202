import type { Identity } from '../identity/index.ts'
import type { Plan } from '../plan/index.ts'

/** What `code` asks of `identity`. */
export type IdentityPort = Pick<
  Identity,
  | 'roleIn'
  | 'personGet'
  | 'personByName'
  | 'peopleOf'
  | 'projectList'
  | 'projectGet'
  | 'projectCreate'
  | 'audit'
>

/** What `code` asks of `plan`. Without it, issue keys are plain text. */
export type PlanPort = Pick<Plan, 'issueKeysIn' | 'issueGet' | 'issueTransition'>
