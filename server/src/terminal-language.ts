export type Language = 'ko' | 'en'

/** What a terminal reads, by the usual variables of the locale; an empty one counts as unset. */
export function terminalLanguage(environment: NodeJS.ProcessEnv): Language {
  const locale = environment['LC_ALL'] || environment['LC_MESSAGES'] || environment['LANG'] || ''
  return locale.toLowerCase().startsWith('ko') ? 'ko' : 'en'
}
