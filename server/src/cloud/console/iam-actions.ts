import { type CloudAction, cloudConsoleEndpoints as api } from '@madang/api'
import { type Route, route } from '../../kernel/index.ts'
import { type ActionFacts, actionsOf, knownPrefixes, serviceTitles } from '../policy/index.ts'
import type { ConsoleParts } from './parts.ts'

/** The table IAM is asked by: each action with the operations that ask for it. */
export function actionRoutes({ services }: ConsoleParts): Route[] {
  const tables = services.map(({ id, access, operations }) => ({
    id,
    rows: Object.keys(operations).map((operation) => access.row(operation)),
  }))
  const present = ({ action, ...facts }: ActionFacts): CloudAction => ({
    ...facts,
    action,
    service: serviceTitles()[action.split(':')[0]!]!,
    operations: tables.flatMap(({ id, rows }) =>
      rows.flatMap(({ operation, asked }) =>
        asked
          .filter((each) => each.action === action)
          .map(({ member }) => ({ service: id, operation, member })),
      ),
    ),
  })
  let all: CloudAction[] | undefined
  return [
    route(api.cloudActionList, async ({ query: { text = '', limit, cursor } }) => {
      all ??= knownPrefixes().flatMap((prefix) => actionsOf(prefix).map(present))
      const words = text.toLowerCase().split(/\s+/).filter(Boolean)
      const found = all.filter((action) => words.every((word) => spells(action, word)))
      const from = cursor === undefined ? 0 : found.findIndex((each) => each.action > cursor)
      const items = from < 0 ? [] : found.slice(from, from + limit)
      const isLast = from < 0 || from + limit >= found.length
      return { items, nextCursor: isLast ? undefined : items.at(-1)!.action }
    }),
  ]
}

function spells({ action, service, operations, resources }: CloudAction, word: string): boolean {
  const names = [
    action,
    service,
    ...operations.map(({ operation }) => operation),
    ...resources.map(({ kind }) => kind),
  ]
  return names.some((name) => name.toLowerCase().includes(word))
}
