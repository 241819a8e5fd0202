import type { Generated } from 'kysely'

/** Moments are ms since the epoch; switches are 0 and 1. */
export interface IdentityTables {
  identity_person: {
    id: string
    name: string
    display_name: string
    /** Null until an invited person has chosen one. */
    password: string | null
    language: 'ko' | 'en'
    is_administrator: number
    is_disabled: number
    created_at: number
  }
  /** One-time links. The sealed text is kept only for the first one, which may be printed again. */
  identity_code: {
    hash: string
    kind: 'setup' | 'invitation'
    person: string | null
    sealed: string | null
    expires_at: number
  }
  identity_session: {
    id: string
    hash: string
    person: string
    address: string
    client: string
    created_at: number
    used_at: number
    expires_at: number
  }
  identity_token: {
    id: string
    hash: string
    owner_kind: 'person' | 'run'
    owner: string
    name: string
    scopes: string
    project: string | null
    created_at: number
    used_at: number | null
    expires_at: number
  }
  identity_project: {
    key: string
    name: string
    description: string
    created_at: number
  }
  identity_member: { project: string; person: string; role: 'viewer' | 'developer' | 'maintainer' }
  identity_audit: {
    seq: Generated<number>
    at: number
    actor: string
    actor_name: string
    action: string
    subject: string
    project: string | null
    address: string | null
    detail: string
  }
}
