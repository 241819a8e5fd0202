import type { BundledLanguage, HighlighterCore, ThemedToken } from 'shiki'

let loading: Promise<HighlighterCore> | undefined

/** One highlighter for all pages; languages are fetched when first met. No WebAssembly, so the CSP stays tight. */
async function highlighter(): Promise<HighlighterCore> {
  loading ??= (async () => {
    const [{ createHighlighterCore }, { createJavaScriptRegexEngine }] = await Promise.all([
      import('shiki/core'),
      import('shiki/engine/javascript'),
    ])
    return createHighlighterCore({
      // The plain ones have words that are too pale to read on paper.
      themes: [
        import('shiki/themes/github-light-high-contrast.mjs'),
        import('shiki/themes/github-dark-high-contrast.mjs'),
      ],
      langs: [],
      engine: createJavaScriptRegexEngine({ forgiving: true }),
    })
  })()
  return loading
}

/** What GitHub calls a language, as the highlighter calls it; undefined shows plain text. */
async function grammarOf(language: string): Promise<string | undefined> {
  const { bundledLanguages, bundledLanguagesInfo } = await import('shiki/langs')
  const wanted = language.toLowerCase()
  const info = bundledLanguagesInfo.find(
    ({ id, name, aliases }) =>
      id === wanted || name.toLowerCase() === wanted || aliases?.includes(wanted),
  )
  if (!info) return undefined
  const core = await highlighter()
  await core.loadLanguage(bundledLanguages[info.id as BundledLanguage])
  return info.id
}

/** Lines of coloured tokens for the present theme; undefined where the language is unknown. */
export async function highlight(
  text: string,
  language: string,
  scheme: 'light' | 'dark',
): Promise<ThemedToken[][] | undefined> {
  const grammar = await grammarOf(language)
  if (!grammar) return undefined
  const core = await highlighter()
  return core.codeToTokensBase(text, { lang: grammar, theme: `github-${scheme}-high-contrast` })
}
