import type { CSSProperties } from 'react'

interface Span {
  text: string
  style: CSSProperties
}

const names = ['dark', 'red', 'green', 'yellow', 'blue', 'grape', 'cyan', 'gray']

/** Splits a log line at its ANSI colour codes; other control sequences are dropped. */
export function ansiSpans(line: string): Span[] {
  if (!line.includes('\u001b')) return [{ text: line, style: {} }]
  const spans: Span[] = []
  let style: CSSProperties = {}
  for (const part of line.split(/(\u001b\[[0-9;?]*[A-Za-z])/)) {
    const code = /^\u001b\[([0-9;]*)m$/.exec(part)
    if (code) style = nextStyle(style, code[1]!)
    else if (part !== '' && !part.startsWith('\u001b')) spans.push({ text: part, style })
  }
  return spans
}

function nextStyle(style: CSSProperties, codes: string): CSSProperties {
  return codes.split(';').reduce<CSSProperties>((now, text) => {
    const code = Number(text || 0)
    if (code === 0) return {}
    if (code === 1) return { ...now, fontWeight: 700 }
    if (code === 2) return { ...now, opacity: 0.7 }
    if (code === 3) return { ...now, fontStyle: 'italic' }
    if (code === 4) return { ...now, textDecoration: 'underline' }
    if (code === 39) return { ...now, color: 'inherit' }
    const colour = code >= 90 ? code - 90 : code - 30
    const name = colour >= 0 && colour < 8 ? names[colour] : undefined
    return name ? { ...now, color: `var(--mantine-color-${name}-6)` } : now
  }, style)
}
