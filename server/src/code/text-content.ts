export interface DecodedText {
  text: string
  encoding: 'utf-8' | 'euc-kr' | 'latin1'
}

/** What git itself calls binary: a NUL in the first 8,000 bytes. */
export function isBinary(bytes: Buffer): boolean {
  return bytes.subarray(0, 8000).includes(0)
}

/**
 * UTF-8, else the Korean encoding of older sources (`euc-kr` reads CP949 too), else bytes as they
 * are.
 */
export function decodeText(bytes: Buffer): DecodedText {
  for (const encoding of ['utf-8', 'euc-kr'] as const) {
    const text = decodedAs(encoding, bytes)
    if (text !== undefined) return { text, encoding }
  }
  return { text: bytes.toString('latin1'), encoding: 'latin1' }
}

function decodedAs(encoding: string, bytes: Buffer): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) return undefined // that is how TextDecoder says "not this one"
    throw error
  }
}
