import { AwsError } from './error.ts'

/** How long the rest of a body is awaited, from one piece to the next: what S3 allows. */
export const bodyPatienceMs = 20_000

export const stalled = () =>
  new AwsError(
    'RequestTimeout',
    'Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.',
    { status: 400 },
  )

/** A body that stopped on its way: whoever reads it learns so. */
export const stalledBody = (): AsyncIterable<Uint8Array> => ({
  [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(stalled()) }),
})

/**
 * The body, each piece of which must come in time; its reader may take as long as it likes, and may
 * leave it half read: the stream isn't destroyed then, for its connection still has to carry an answer.
 */
export async function* inTime(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const pieces = body[Symbol.asyncIterator]()
  for (;;) {
    const piece = await soon(pieces.next())
    if (piece.done) return
    yield piece.value
  }
}

/** What is done after so long without a sign of life; `alive` starts the time anew. */
export function watch(giveUp: () => void): { alive(): void; end(): void } {
  let signs = 0
  const timer = setTimeout(() => {
    const seen = signs
    // Timers come before reading: two turns later what arrived while this process was busy is known.
    setImmediate(() => setImmediate(() => void (seen === signs && giveUp())))
  }, bodyPatienceMs)
  return {
    alive() {
      signs++
      timer.refresh()
    },
    end() {
      signs++
      clearTimeout(timer)
    },
  }
}

function soon<T>(awaited: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const watching = watch(() => reject(stalled()))
    awaited.finally(() => watching.end()).then(resolve, reject)
  })
}
