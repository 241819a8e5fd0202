/**
 * The one source of time. Tests and the console may move it forward; everything that waits for a
 * moment waits through `at`, so moving the clock makes it happen.
 */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Calls `run` once, at or after the moment; returns the function that calls it off. */
  at(timeMs: number, run: () => void): () => void
  /** Resolves after this much of the clock's time; rejects with the signal's reason when aborted. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>
  /** Moves time forward; what falls due runs at once. */
  advance(durationMs: number): void
}

// setTimeout takes at most 2^31-1 ms; a longer wait is made of several.
const LONGEST_TIMER_MS = 2 ** 31 - 1

interface Waiting {
  timeMs: number
  run: () => void
  timer: NodeJS.Timeout | undefined
}

export function createClock(): Clock {
  let offsetMs = 0
  const waiting = new Set<Waiting>()
  const now = () => Date.now() + offsetMs

  const arm = (entry: Waiting) => {
    const delayMs = Math.min(Math.max(entry.timeMs - now(), 0), LONGEST_TIMER_MS)
    entry.timer = setTimeout(() => (entry.timeMs > now() ? arm(entry) : fire(entry)), delayMs)
    entry.timer.unref()
  }
  const fire = (entry: Waiting) => {
    clearTimeout(entry.timer)
    if (waiting.delete(entry)) entry.run()
  }

  const at: Clock['at'] = (timeMs, run) => {
    const entry: Waiting = { timeMs, run, timer: undefined }
    waiting.add(entry)
    arm(entry)
    return () => {
      clearTimeout(entry.timer)
      waiting.delete(entry)
    }
  }

  return {
    now,
    at,
    sleep: (durationMs, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const abort = () => {
          cancel()
          reject(signal!.reason)
        }
        const cancel = at(now() + durationMs, () => {
          signal?.removeEventListener('abort', abort)
          resolve()
        })
        signal?.addEventListener('abort', abort, { once: true })
      }),
    advance(durationMs) {
      offsetMs += durationMs
      const due = [...waiting].sort((a, b) => a.timeMs - b.timeMs)
      for (const entry of due) {
        clearTimeout(entry.timer)
        if (entry.timeMs <= now()) fire(entry)
        else arm(entry)
      }
    },
  }
}
