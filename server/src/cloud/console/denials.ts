import { cloudConsoleEndpoints as api } from '@madang/api'
import { type Route, route } from '../../kernel/index.ts'
import type { ConsoleParts } from './parts.ts'

const SHOWN = 100

/** What IAM refused of late, statement by statement. */
export function denialListRoutes({ denials }: ConsoleParts): Route[] {
  return [
    route(api.cloudDenialList, async () => ({
      items: denials()
        .slice(0, SHOWN)
        .map(({ at, account: _account, ...denial }) => ({
          ...denial,
          at: new Date(at).toISOString(),
        })),
    })),
  ]
}
