import type { Route } from '../../kernel/index.ts'
import { bucketRoutes } from './bucket.ts'
import { cloudFormationRoutes } from './cloudformation.ts'
import { cloudWatchRoutes } from './cloudwatch.ts'
import { denialListRoutes } from './denials.ts'
import { iamRoutes } from './iam.ts'
import { actionRoutes } from './iam-actions.ts'
import { lambdaRoutes } from './lambda.ts'
import { logsRoutes } from './logs.ts'
import { operateRoutes } from './operate.ts'
import type { ConsoleParts } from './parts.ts'

export { objectEdge, type ObjectParts } from './objects.ts'
export type { ConsoleParts, Holder } from './parts.ts'

/** What the pages read of the services, and change as the person who looks at them. */
export function consoleRoutes(parts: ConsoleParts): Route[] {
  return [
    ...lambdaRoutes(parts),
    ...cloudWatchRoutes(parts),
    ...logsRoutes(parts),
    ...cloudFormationRoutes(parts),
    ...iamRoutes(parts),
    ...actionRoutes(parts),
    ...denialListRoutes(parts),
    ...bucketRoutes(parts),
    ...operateRoutes(parts),
  ]
}
