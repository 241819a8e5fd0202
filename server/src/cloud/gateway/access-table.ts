import type { IamRequest } from './iam-request.ts'

/** What a service says of its operations; the rest follows from AWS's reference (`policy/`). */
export interface AccessRules {
  /** Of its actions: `s3`. */
  prefix: string
  /**
   * Actions, without the prefix, of operations that don't ask for the one of their own name. Of several,
   * what the request is about says which.
   */
  actions?: Readonly<Record<string, string | readonly string[]>>
  /**
   * What members of a request ask for besides: operation → action → member, nested ones by dots. A
   * role named by a member of `iam:PassRole` is asked about by the gateway.
   */
  besides?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Need no permission: something else of the request is the proof. */
  open?: readonly string[]
}

export interface AskedAction {
  /** `s3:PutObject`. */
  action: string
  /** The member of the request that brings it; absent: it is what the operation is. */
  member?: string
}

/** One operation's line: everything IAM is ever asked for it. */
export interface AccessRow {
  operation: string
  asked: readonly AskedAction[]
  /** The first of them; undefined for an open operation. */
  action: string | undefined
  /** Those that a member brings, with where it stands. */
  besides: readonly { action: string; path: readonly string[] }[]
}

const nothing: string[] = []

/** Operation → actions, of one service; the only source of the actions IAM is asked about. */
export interface AccessTable {
  prefix: string
  row(operation: string): AccessRow
  /** The operation's own action, `s3:PutObject`. */
  actionOf(operation: string): string
  /** What the request's members ask for besides, but for roles passed on. */
  besides(operation: string, input: Input): string[]
}

type Input = Record<string, unknown>

const PASS_ROLE = 'iam:PassRole'

export function accessTable(rules: AccessRules): AccessTable {
  const rows = new Map<string, AccessRow>()
  const row = (operation: string): AccessRow => {
    let known = rows.get(operation)
    if (!known) rows.set(operation, (known = rowOf(rules, operation)))
    return known
  }
  return {
    prefix: rules.prefix,
    row,
    actionOf: (operation) => row(operation).action ?? full(rules, operation),
    besides(operation, input) {
      const { besides } = row(operation)
      if (besides.length === 0) return nothing
      return besides.flatMap(({ action, path }) =>
        action !== PASS_ROLE && valuesAt(input, path).length > 0 ? [action] : nothing,
      )
    },
  }
}

const full = ({ prefix }: AccessRules, name: string) =>
  name.includes(':') ? name : `${prefix}:${name}`

function rowOf(rules: AccessRules, operation: string): AccessRow {
  const given = rules.actions?.[operation] ?? operation
  const names = rules.open?.includes(operation) ? [] : typeof given === 'string' ? [given] : given
  const own = names.map((name): AskedAction => ({ action: full(rules, name) }))
  const besides = Object.entries(rules.besides?.[operation] ?? {}).map(
    ([name, member]): AskedAction => ({ action: full(rules, name), member }),
  )
  const paths = besides.map(({ action, member }) => ({ action, path: member!.split('.') }))
  return { operation, asked: [...own, ...besides], action: own[0]?.action, besides: paths }
}

/** Handing a role to a service needs the right to pass that role ("Grant a user permissions to pass a role"). */
export function passedRoles({ prefix, row }: AccessTable, operation: string, input: Input) {
  return row(operation).besides.flatMap(({ action, path }): IamRequest[] => {
    if (action !== PASS_ROLE) return []
    const context = { 'iam:PassedToService': `${prefix}.amazonaws.com` }
    return valuesAt(input, path).flatMap((role) =>
      typeof role === 'string' && role !== '' ? [{ action, resource: role, context }] : [],
    )
  })
}

/** What stands at `Targets.RoleArn`, of lists in each of their entries; nothing for what is false. */
function valuesAt(input: Input, [first, ...inner]: readonly string[]): unknown[] {
  const value = input[first!]
  // Most requests have none of these members.
  if (!value) return nothing
  let found: unknown[] = Array.isArray(value) ? (value as unknown[]) : [value]
  for (const name of inner) {
    found = found.flatMap((each) => {
      const value = (each as Input | undefined)?.[name]
      return Array.isArray(value) ? (value as unknown[]) : [value]
    })
  }
  return found.filter(Boolean)
}
