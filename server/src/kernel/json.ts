/** JSON text of anything, for logs and columns: errors by their stack, bigints as text. */
export function stringify(value: unknown): string {
  return JSON.stringify(value, (_name, entry: unknown) => {
    if (entry instanceof Error) return entry.stack ?? entry.message
    return typeof entry === 'bigint' ? entry.toString() : entry
  })
}

/** Reads a JSON column that this program wrote itself; the type is the writer's promise. */
export function parseColumn<T>(text: string): T {
  return JSON.parse(text) as T
}
