import type { Route } from '../../kernel/index.ts'
import { cloudFormationRoutes } from './cloudformation.ts'
import { cloudWatchRoutes } from './cloudwatch.ts'
import { iamRoutes } from './iam.ts'
import { lambdaRoutes } from './lambda.ts'
import { logsRoutes } from './logs.ts'
import type { ConsoleParts } from './parts.ts'

export { type DownloadParts, objectDownload } from './object-download.ts'
export type { ConsoleParts } from './parts.ts'

/** What the pages read of the services; they change nothing. */
export function consoleRoutes(parts: ConsoleParts): Route[] {
  return [
    ...lambdaRoutes(parts),
    ...cloudWatchRoutes(parts),
    ...logsRoutes(parts),
    ...cloudFormationRoutes(parts),
    ...iamRoutes(parts),
  ]
}
