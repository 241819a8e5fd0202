import type { Invocation, Invoker } from './invoker.ts'
import type { Outcome } from './runtime/outcome.ts'

export interface Streamed {
  contentType: string
  /** As the function writes them; a function that doesn't stream gives its whole answer in one. */
  pieces: AsyncIterable<Uint8Array>
  /** How it ended; settled once the pieces are at their end. */
  outcome: Promise<Outcome>
}

/** Calls a function and gives its answer while it is written. Throws what a call throws before that. */
export async function invokeStreamed(
  invoker: Invoker,
  invocation: Omit<Invocation, 'streamed'>,
): Promise<Streamed> {
  const waiting: Uint8Array[] = []
  let wake = () => undefined as void
  let contentType = 'application/octet-stream'
  let isOver = false
  let hasPieces = false
  const next = () => new Promise<void>((resolve) => (wake = resolve))
  let changed = next()
  const outcome = invoker.invoke({
    ...invocation,
    streamed(piece, type) {
      contentType = type
      hasPieces = true
      waiting.push(piece)
      wake()
    },
  })
  const ended = outcome.then((end) => {
    if (!hasPieces && !end.functionError) waiting.push(end.payload)
    isOver = true
    wake()
  })
  await Promise.race([changed, ended])
  async function* pieces() {
    for (;;) {
      changed = next()
      yield* waiting.splice(0)
      if (isOver && waiting.length === 0) return
      if (waiting.length === 0) await Promise.race([changed, ended])
    }
  }
  return { contentType, pieces: pieces(), outcome }
}
