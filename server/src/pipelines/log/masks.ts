const MASK = '****'

/**
 * Replaces secrets in text by `****`. Besides the value itself it knows the forms in which programs
 * print one: every line of a many-line value (`sh -x` and git print line by line), as `sh -x` and
 * `printf %q` quote it, in base64 and percent-encoded.
 */
export class Masks {
  /** What stands in the log instead, by form; their bytes as one character each, as which those of a log are searched. */
  readonly #forms = new Map<string, string>()
  #pattern: RegExp | undefined
  longestBytes = 0

  add(secret: string, shown = MASK): void {
    for (const form of formsOf(secret)) {
      this.#forms.set(bytesOf(form), bytesOf(shown))
      this.longestBytes = Math.max(this.longestBytes, Buffer.byteLength(form))
    }
    const longestFirst = [...this.#forms.keys()].sort((a, b) => b.length - a.length)
    const escaped = longestFirst.map((form) => form.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    this.#pattern = escaped.length > 0 ? new RegExp(escaped.join('|'), 'g') : undefined
  }

  apply(text: string): string {
    const bytes = Buffer.from(text)
    const shown = this.applyToBytes(bytes)
    return shown === bytes ? text : shown.toString('utf8')
  }

  /** The same bytes when nothing in them is secret. */
  applyToBytes(bytes: Buffer): Buffer {
    if (!this.#pattern) return bytes
    const text = bytes.toString('latin1')
    const shown = text.replace(this.#pattern, (form) => this.#forms.get(form)!)
    return shown === text ? bytes : Buffer.from(shown, 'latin1')
  }

  /** The place at or before `cut` where bytes may be cut without cutting a secret in two. */
  safeCut(bytes: Buffer, cut: number): number {
    if (!this.#pattern) return cut
    for (const match of bytes.toString('latin1').matchAll(this.#pattern)) {
      if (match.index >= cut) return cut
      if (match.index + match[0].length > cut) return match.index
    }
    return cut
  }
}

const bytesOf = (text: string) => Buffer.from(text).toString('latin1')

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
