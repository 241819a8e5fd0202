/** Why a pattern was refused, in the words of AWS's rule compiler, with the place where it stood. */
export class PatternFault extends Error {
  override readonly name = 'PatternFault'
}

/** How a place in the text is told: with the text, or since Jackson 2.16 without it. */
export type SourceStyle = 'told' | 'redacted'

// Jackson shows this much of a text.
const SHOWN = 500

export function locationOf(text: string, offset: number, style: SourceStyle): string {
  const before = text.slice(0, offset)
  const line = before.split('\n').length
  const column = offset - (before.lastIndexOf('\n') + 1) + 1
  return `[Source: ${sourceOf(text, style)}; line: ${line}, column: ${column}]`
}

function sourceOf(text: string, style: SourceStyle): string {
  if (style === 'redacted') {
    return 'REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)'
  }
  const rest = text.length - SHOWN
  return `(String)"${text.slice(0, SHOWN)}"${rest > 0 ? `[truncated ${rest} chars]` : ''}`
}
