export interface ImportEntry {
  path: string
  isTypeOnly: boolean
}

/** Every `import … from`, `export … from` and `import()` of a source, as text. */
export function importsOf(_file: string, text: string): ImportEntry[] {
  const entries: ImportEntry[] = []
  const statements = /^(?:import|export)\b(?:[^'"`;]*?\bfrom\s*)?\s*'([^']+)'/gm
  for (const match of text.matchAll(statements)) {
    const clause = match[0]
    const names = /\{([^}]*)\}/.exec(clause)?.[1]
    const isWholeType = /^(import|export)\s+type\b/.test(clause)
    const areNamesTypes =
      names !== undefined &&
      !/^import\s+\w+\s*,/.test(clause) &&
      names.split(',').every((name) => name.trim() === '' || name.trim().startsWith('type '))
    entries.push({ path: match[1]!, isTypeOnly: isWholeType || areNamesTypes })
  }
  for (const match of text.matchAll(/\bimport\('([^']+)'\)/g)) {
    entries.push({ path: match[1]!, isTypeOnly: true })
  }
  return entries
}
