export type Severity = 'error' | 'high' | 'normal' | 'low'

export interface Issue {
  file: string
  /** From 1; 0 when the report doesn't say. */
  line: number
  column: number
  severity: Severity
  /** What kind of thing it is: a rule's name. */
  type: string
  category: string
  message: string
}

/** The same issue in a later run, wherever its line moved to. */
export const identityOf = ({ file, type, message }: Issue) => `${file}\0${type}\0${message}`

/** What is new against an earlier run, and how many are gone. */
export function compareIssues(
  now: readonly Issue[],
  before: readonly string[],
): { isNew: boolean[]; fixed: number } {
  const left = new Map<string, number>()
  for (const identity of before) left.set(identity, (left.get(identity) ?? 0) + 1)
  const isNew = now.map((issue) => {
    const identity = identityOf(issue)
    const count = left.get(identity) ?? 0
    if (count > 0) left.set(identity, count - 1)
    return count === 0
  })
  return { isNew, fixed: [...left.values()].reduce((sum, count) => sum + count, 0) }
}

/** Without those that say the same thing of the same place twice. */
export function withoutDuplicates(issues: readonly Issue[]): Issue[] {
  const seen = new Map(issues.map((issue) => [JSON.stringify(issue), issue]))
  return [...seen.values()]
}
