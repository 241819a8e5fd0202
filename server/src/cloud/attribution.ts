import type { Principal } from './gateway/index.ts'

/** On whose behalf a call was made, as far as its session says. */
export interface Attribution {
  /** Project key. */
  project?: string
  runId?: string
  /** `person:<id>` or `run:<id>`. */
  actor?: string
}

/** Reads what `credentialsFor` put into a session; empty for anyone else. */
export function attributionOf({ context }: Pick<Principal, 'context'>): Attribution {
  const text = (key: string) => {
    const value = context?.[key]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  return {
    project: text('madang:project'),
    runId: text('madang:run'),
    actor: text('madang:actor'),
  }
}
