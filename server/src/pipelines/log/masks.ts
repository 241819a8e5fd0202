const MASK = '****'

/**
 * Replaces secrets in text by `****`. Besides the value itself it knows the forms in which programs
 * print one: every line of a many-line value (`sh -x` and git print line by line), as `sh -x` and
 * `printf %q` quote it, in base64 and percent-encoded.
 */
export class Masks {
  /** What stands in the log instead, by form. */
  readonly #forms = new Map<string, string>()
  #pattern: RegExp | undefined
  /** Length of the longest form. */
  longest = 0

  add(secret: string, shown = MASK): void {
    for (const form of formsOf(secret)) {
      this.#forms.set(form, shown)
      this.longest = Math.max(this.longest, form.length)
    }
    const longestFirst = [...this.#forms.keys()].sort((a, b) => b.length - a.length)
    const escaped = longestFirst.map((form) => form.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    this.#pattern = escaped.length > 0 ? new RegExp(escaped.join('|'), 'g') : undefined
  }

  apply(text: string): string {
    return this.#pattern ? text.replace(this.#pattern, (form) => this.#forms.get(form)!) : text
  }

  /** The place at or before `cut` where a text may be cut without cutting a secret in two. */
  safeCut(text: string, cut: number): number {
    if (!this.#pattern) return cut
    for (const match of text.matchAll(this.#pattern)) {
      if (match.index >= cut) return cut
      if (match.index + match[0].length > cut) return match.index
    }
    return cut
  }
}

function formsOf(secret: string): string[] {
  const lines = secret.split(/\r?\n/).filter((line) => line.trim() !== '')
  const forms = [secret, ...lines].flatMap((text) => [
    text,
    text.trim(),
    text.replaceAll("'", `'\\''`),
    text.replaceAll("'", `'"'"'`),
    text.replace(/["\\$`]/g, '\\$&'),
    text.replace(/[^\w@%+=:,./-]/g, '\\$&'),
    encodeURIComponent(text.toWellFormed()),
  ])
  const base64 = Buffer.from(secret).toString('base64')
  forms.push(base64, base64.replace(/=+$/, ''), Buffer.from(secret).toString('base64url'))
  return forms.filter((form) => form.length > 0)
}
