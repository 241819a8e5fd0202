/** `java.util.Properties.load`: comments, continued lines, `=`, `:` or a blank, escapes. */
export function javaProperties(text: string): [string, string][] {
  const entries: [string, string][] = []
  for (const line of logicalLines(text)) {
    const [, key = '', value = ''] =
      /^((?:\\[^]|[^\\=:\s])*)[ \t\f]*[=:]?[ \t\f]*([^]*)$/.exec(line) ?? []
    entries.push([unescaped(key), unescaped(value)])
  }
  return entries
}

function logicalLines(text: string): string[] {
  const lines: string[] = []
  let open: string | undefined
  for (const raw of text.split(/\r\n|\r|\n/)) {
    const line = raw.replace(/^[ \t\f]+/, '')
    if (open === undefined && (line === '' || /^[#!]/.test(line))) continue
    const goesOn = /\\*$/.exec(line)![0].length % 2 === 1
    const whole = (open ?? '') + (goesOn ? line.slice(0, -1) : line)
    if (!goesOn) lines.push(whole)
    open = goesOn ? whole : undefined
  }
  if (open !== undefined) lines.push(open)
  return lines
}

const LETTERS: Record<string, string> = { t: '\t', n: '\n', r: '\r', f: '\f' }

function unescaped(text: string): string {
  return text.replace(/\\(?:u([\da-fA-F]{4})|([^]))/g, (_, code?: string, char?: string) =>
    code === undefined ? (LETTERS[char!] ?? char!) : String.fromCharCode(Number.parseInt(code, 16)),
  )
}

/** `${other}` in a value means the other property's value; what is not there stays. */
export function interpolated(entries: Map<string, string>): Map<string, string> {
  const expand = (value: string, open: readonly string[]): string =>
    value.replace(/\$\{([^}]+)\}/g, (all, name: string) => {
      const other = open.includes(name) ? undefined : entries.get(name)
      return other === undefined ? all : expand(other, [...open, name])
    })
  return new Map([...entries].map(([name, value]) => [name, expand(value, [name])]))
}
