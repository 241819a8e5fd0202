/** What the address of a search says; nothing that is as usual. */
export interface CodeQuestion {
  q?: string | undefined
  /** One repository of the project. */
  repo?: string | undefined
  /** All projects one may see, instead of this one. */
  everywhere?: boolean | undefined
  path?: string | undefined
  language?: string | undefined
  regex?: boolean | undefined
  matchCase?: boolean | undefined
}

/** The router reads `?q=42` as a number, and it is still a text to look for. */
export function questionOf(given: Record<string, unknown>): CodeQuestion {
  const text = (name: string) => {
    const value = given[name]
    const isText = typeof value === 'string' || typeof value === 'number'
    return isText && value !== '' ? { [name]: String(value) } : {}
  }
  const flag = (name: string) => (given[name] === true ? { [name]: true } : {})
  return {
    ...text('q'),
    ...text('repo'),
    ...text('path'),
    ...text('language'),
    ...flag('everywhere'),
    ...flag('regex'),
    ...flag('matchCase'),
  }
}
