const POLL_MS = 150

/** Asks until the answer is neither undefined nor false; past the deadline it says what was missing. */
export async function until<T>(
  what: string,
  deadlineMs: number,
  ask: () => Promise<T | undefined | false>,
): Promise<T> {
  const end = Date.now() + deadlineMs
  let last: unknown
  for (;;) {
    try {
      const answer = await ask()
      if (answer !== undefined && answer !== false) return answer
      last = undefined
    } catch (error) {
      last = error
    }
    if (Date.now() > end) throw new Error(`${what}: not within ${deadlineMs} ms`, { cause: last })
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}
