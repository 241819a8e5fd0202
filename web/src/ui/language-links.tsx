import { Anchor, Group } from '@mantine/core'
import { currentLanguage, type Language, languages, setLanguage } from '../i18n/index.ts'

/** The switch of languages where there is no menu yet. */
export function LanguageLinks() {
  return (
    <Group gap="md">
      {(Object.keys(languages) as Language[]).map((language) => (
        <Anchor
          key={language}
          component="button"
          type="button"
          size="sm"
          lang={language}
          c={language === currentLanguage() ? undefined : 'dimmed'}
          aria-current={language === currentLanguage()}
          onClick={() => void setLanguage(language)}
        >
          {languages[language]}
        </Anchor>
      ))}
    </Group>
  )
}
