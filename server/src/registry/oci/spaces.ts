import type { Actor, Transaction } from '../../kernel/index.ts'
import type { Action } from './access.ts'

/** Who came by a space's own credentials; `holder` is the space's business. */
export interface SpaceActor extends Actor {
  holder: unknown
}

/**
 * Repositories that belong to no project but to another capability (those of the cloud's ECR), which
 * knows by itself who may do what, and which tags stay.
 */
export interface ImageSpace {
  /** By the first part of their names. */
  owns(first: string): boolean
  /** Of Basic credentials; undefined: they are of another kind, or of nobody. */
  identify(user: string, password: string): SpaceActor | undefined
  /** Why it may not; undefined: it may. */
  refusal(holder: unknown, name: string, action: Action): Promise<SpaceRefusal | undefined>
  /** Why a tag may not be moved. */
  fixed(name: string, tag: string): string | undefined
  /** Hears of what is pushed and removed, in the transaction that does it. */
  changed(tx: Transaction, change: ImageChange): Promise<void>
}

export interface ImageChange {
  action: 'PUSH' | 'DELETE'
  name: string
  digest: string
  /** Those it got or lost; none: pushed or removed by its digest. */
  tags: string[]
}

export interface SpaceRefusal {
  code: 'NAME_UNKNOWN' | 'DENIED'
  message: string
}

export class ImageSpaces {
  readonly #spaces: ImageSpace[] = []

  add(space: ImageSpace): void {
    this.#spaces.push(space)
  }

  of(first: string): ImageSpace | undefined {
    return this.#spaces.find((space) => space.owns(first))
  }

  identify(authorization: string | undefined): SpaceActor | undefined {
    const pair = /^Basic (.+)$/i.exec(authorization ?? '')?.[1]
    if (pair === undefined) return undefined
    const [user = '', ...rest] = Buffer.from(pair, 'base64').toString('utf8').split(':')
    for (const space of this.#spaces) {
      const actor = space.identify(user, rest.join(':'))
      if (actor) return actor
    }
    return undefined
  }
}
