import type { Aws } from '../gateway/index.ts'

export interface ConsoleParts {
  /** Every service as the console sees it, in a region; the server's own where none is named. */
  aws(region?: string): Aws
  /** Milliseconds since 1970. */
  now(): number
}
