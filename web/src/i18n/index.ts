import i18next, { type TOptions } from 'i18next'
import { initReactI18next } from 'react-i18next'
import { type MessageKey, resources } from './resources.ts'

export type Language = 'ko' | 'en'
export const languages: Record<Language, string> = { ko: '한국어', en: 'English' }

// A board asks a thousand times for the same twenty texts, and i18next takes 30 µs for each, more for the first.
const plain = new Map<string, string>()

/** The reader's choice, else the first of the browser's languages that we have. */
function chosenLanguage(): Language {
  const cookie = /(?:^|;\s*)language=(ko|en)\b/.exec(document.cookie)?.[1]
  if (cookie === 'ko' || cookie === 'en') return cookie
  const known = navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => tag in languages)
  return known === 'ko' ? 'ko' : 'en'
}

export async function startI18n(): Promise<void> {
  i18next.on('languageChanged', () => plain.clear())
  await i18next.use(initReactI18next).init({
    resources,
    lng: chosenLanguage(),
    fallbackLng: 'en',
    interpolation: { escapeValue: false },
    returnNull: false,
  })
  document.documentElement.lang = i18next.language
}

/** Remembered for a year; the server reads the same cookie for its texts. */
export async function setLanguage(language: Language): Promise<void> {
  document.cookie = `language=${language}; path=/; max-age=31536000; samesite=lax`
  document.documentElement.lang = language
  await i18next.changeLanguage(language)
}

export const currentLanguage = (): Language => (i18next.language === 'ko' ? 'ko' : 'en')

/** The text of a key of the catalogues; unknown keys don't compile. */
export function t(key: MessageKey, values?: TOptions): string {
  if (values) return i18next.t(key, values)
  const known = plain.get(key)
  if (known !== undefined) return known
  const [namespace = '', name = ''] = key.split('.')
  const text = resources[currentLanguage()].translation[namespace]?.[name] ?? i18next.t(key)
  plain.set(key, text)
  return text
}
