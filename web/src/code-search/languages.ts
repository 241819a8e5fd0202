/** Languages to choose from, by the ends of their files' names. */
const endings: Record<string, string[]> = {
  'C / C++': ['c', 'h', 'cc', 'cpp', 'hpp'],
  'C#': ['cs'],
  CSS: ['css', 'scss', 'less'],
  Go: ['go'],
  Groovy: ['groovy', 'gradle'],
  HTML: ['html', 'htm'],
  Java: ['java'],
  JavaScript: ['js', 'jsx', 'mjs', 'cjs'],
  JSON: ['json'],
  Kotlin: ['kt', 'kts'],
  Markdown: ['md'],
  PHP: ['php'],
  Python: ['py'],
  Ruby: ['rb'],
  Rust: ['rs'],
  Shell: ['sh', 'bash'],
  SQL: ['sql'],
  Swift: ['swift'],
  Terraform: ['tf', 'hcl'],
  TypeScript: ['ts', 'tsx', 'mts', 'cts'],
  XML: ['xml'],
  YAML: ['yaml', 'yml'],
}

export const languageNames: string[] = Object.keys(endings)

export const isGlob = (path: string): boolean => /[*?[{]/.test(path)

/** Both wishes as the one path that the search takes; a glob says everything itself. */
export function pathOf(path: string, language: string | undefined): string | undefined {
  const known = language === undefined ? undefined : endings[language]
  if (!known || isGlob(path)) return path || undefined
  const ending = known.length === 1 ? known[0]! : `{${known.join(',')}}`
  return path === '' ? `**/*.${ending}` : `**/*${path}*{,/**/*}.${ending}`
}
