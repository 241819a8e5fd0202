import type { Aws, Service } from '../gateway/index.ts'
import type { Denial } from '../services/iam/index.ts'

/** A person at a page, acting for a project. */
export interface Holder {
  id: string
  name: string
  project: string
}

export interface ConsoleParts {
  /** Every service as the console sees it, in a region; the server's own where none is named. */
  aws(region?: string): Aws
  /** Every service as this person's role of the project, so that what they change is theirs. */
  awsOf(holder: Holder, region?: string): Promise<Aws>
  /** Every service of this cloud, with the table of what it asks IAM. */
  services: readonly Service[]
  /** What was refused of late in the server's own account, newest first. */
  denials(): Denial[]
  /** Milliseconds since 1970. */
  now(): number
}
