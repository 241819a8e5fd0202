import type { WebSocket } from 'ws'
import { decodeFrame, encodeFrame } from './frames.ts'
import type { AskName, Asks } from './protocol.ts'

/** The connection ended before the answer: whether the ask took effect is not known. */
export class LinkLost extends Error {
  override name = 'LinkLost'
}

/** The agent could not do it; `code` is the system's, where it has one (ENOENT). */
export class AgentRefusal extends Error {
  override name = 'AgentRefusal'
  readonly code: string | undefined

  constructor(message: string, code: string | undefined) {
    super(message)
    this.code = code
  }
}

export interface Reply<N extends AskName> {
  answer: Asks[N]['answer']
  body: Buffer
}

interface Waiting {
  resolve(reply: { answer: never; body: Buffer }): void
  reject(error: Error): void
}

interface ReplyHead {
  id: number
  answer?: unknown
  refused?: { message: string; code?: string }
}

/** One connection of an agent, from the server's side: asks, and their answers in any order. */
export class Link {
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, Waiting>()
  #last = 0

  constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data: Buffer) => this.#hear(data))
    socket.on('close', () => this.#lose())
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN
  }

  ask<N extends AskName>(name: N, ask: Asks[N]['ask'], body?: Uint8Array): Promise<Reply<N>> {
    if (!this.isOpen) {
      return Promise.reject(new LinkLost('the connection is closed'))
    }
    const id = ++this.#last
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#socket.send(encodeFrame({ id, name, ask }, body))
    })
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason)
    this.#lose()
  }

  #hear(data: Buffer): void {
    const { head, body } = decodeFrame(data)
    const { id, answer, refused } = head as ReplyHead
    const waiting = this.#waiting.get(id)
    // Nobody waits any more for what was called off.
    if (!waiting) return
    this.#waiting.delete(id)
    if (refused) waiting.reject(new AgentRefusal(refused.message, refused.code))
    else waiting.resolve({ answer: answer as never, body })
  }

  #lose(): void {
    const all = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { reject } of all) reject(new LinkLost('the connection was lost'))
  }
}
