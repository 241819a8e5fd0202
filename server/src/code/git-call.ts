import type { Readable } from 'node:stream'
import type { Actor, Exchange } from '../kernel/index.ts'
import type { OpenRepo } from './context.ts'

export type GitService = 'git-upload-pack' | 'git-receive-pack'

/** One call of a git client that may be answered. */
export interface GitCall {
  exchange: Exchange
  repo: OpenRepo
  service: GitService
  actor: Actor
  /** `version=2` and the like, to be handed to git; empty for the first protocol. */
  protocol: string
  /** The body as it was before compression. */
  body: Readable
}

/**
 * A refusal in words for the terminal: git prints the text of a plain answer behind `remote:`.
 */
export class GitHttpError extends Error {
  override name = 'GitHttpError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}
