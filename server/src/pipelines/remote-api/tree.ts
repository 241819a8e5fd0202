import { Failure } from './failure.ts'

/** `jobs[name,lastBuild[number]]{0,10}`: which members are shown, and which part of a list. */
export type Tree = Map<string, Branch>

export interface Branch {
  tree: Tree
  from: number
  /** Behind the last one; undefined to the end. */
  to: number | undefined
}

const DEEPEST = 30

/** Reads `tree=`. Grammar: https://www.jenkins.io/doc/book/using/remote-access-api/ and Stapler's TreePruner. */
export function readTree(text: string): Tree {
  const reader = new Reader(text)
  const tree = reader.members(0)
  reader.end()
  return tree
}

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  members(depth: number): Tree {
    if (depth > DEEPEST) throw this.#wrong()
    const tree: Tree = new Map()
    do {
      const name = this.#name()
      const inner = this.#take('[') ? this.#inner(depth) : new Map<string, Branch>()
      const range = this.#take('{') ? this.#range() : { from: 0, to: undefined }
      const known = tree.get(name)
      tree.set(name, known ? merged(known, inner) : { tree: inner, ...range })
    } while (this.#take(','))
    return tree
  }

  end(): void {
    if (this.#at < this.#text.length) throw this.#wrong()
  }

  #inner(depth: number): Tree {
    if (this.#take(']')) return new Map()
    const tree = this.members(depth + 1)
    this.#need(']')
    return tree
  }

  /** `{3}` the fourth, `{2,5}` from the third up to the fifth, `{2,}`, `{,5}`. */
  #range(): Pick<Branch, 'from' | 'to'> {
    const first = this.#number()
    if (!this.#take(',')) {
      this.#need('}')
      if (first === undefined) throw this.#wrong()
      return { from: first, to: first + 1 }
    }
    const to = this.#number()
    this.#need('}')
    return { from: first ?? 0, to }
  }

  #number(): number | undefined {
    const digits = /^\s*\d*\s*/.exec(this.#text.slice(this.#at))![0]
    this.#at += digits.length
    return digits.trim() === '' ? undefined : Number(digits)
  }

  #name(): string {
    const name = /^\s*[^,[\]{}\s]+\s*/.exec(this.#text.slice(this.#at))?.[0]
    if (name === undefined) throw this.#wrong()
    this.#at += name.length
    return name.trim()
  }

  #take(sign: string): boolean {
    if (this.#text[this.#at] !== sign) return false
    this.#at++
    return true
  }

  #need(sign: string): void {
    if (!this.#take(sign)) throw this.#wrong()
  }

  #wrong(): Failure {
    return new Failure(400, `Invalid tree parameter at ${this.#at}: ${this.#text}`)
  }
}

function merged(known: Branch, more: Tree): Branch {
  const tree = new Map(known.tree)
  for (const [name, branch] of more) tree.set(name, branch)
  return { ...known, tree }
}
