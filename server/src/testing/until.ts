const WITHIN_MS = 90_000
const POLL_MS = 20

/** Asks until there is an answer (nothing empty), and gives it; past the deadline it says what never came. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  withinMs = WITHIN_MS,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const found = await look()
    if (found) return found
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}
