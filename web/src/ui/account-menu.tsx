import { Menu, useMantineColorScheme } from '@mantine/core'
import { Check, KeyRound, LogOut, Terminal } from 'lucide-react'
import { useNavigate } from '@tanstack/react-router'
import type { Me } from '@madang/api'
import { useSignOut } from '../identity/me.tsx'
import { currentLanguage, type Language, languages, setLanguage, t } from '../i18n/index.ts'
import { AccountButton } from './account-button.tsx'

const schemes = ['light', 'dark', 'auto'] as const

export function AccountMenu({ person, isOpen }: { person: Me; isOpen: boolean }) {
  const navigate = useNavigate()
  const signOut = useSignOut()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <Menu position="bottom-end" width={230} defaultOpened={isOpen}>
      <Menu.Target>
        <AccountButton person={person} />
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{person.name}</Menu.Label>
        <Menu.Item
          leftSection={<KeyRound size={16} />}
          onClick={() => void navigate({ to: '/settings/tokens' })}
        >
          {t('ui.tokens')}
        </Menu.Item>
        <Menu.Item
          leftSection={<Terminal size={16} />}
          onClick={() => void navigate({ to: '/settings/keys' })}
        >
          {t('repo.keysTitle')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>{t('ui.language')}</Menu.Label>
        {(Object.keys(languages) as Language[]).map((language) => (
          <Menu.Item
            key={language}
            lang={language}
            rightSection={currentLanguage() === language && <Check size={16} />}
            onClick={() => void setLanguage(language)}
          >
            {languages[language]}
          </Menu.Item>
        ))}
        <Menu.Label>{t('ui.appearance')}</Menu.Label>
        {schemes.map((scheme) => (
          <Menu.Item
            key={scheme}
            rightSection={colorScheme === scheme && <Check size={16} />}
            onClick={() => setColorScheme(scheme)}
          >
            {t(`ui.${scheme}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<LogOut size={16} />} onClick={signOut}>
          {t('ui.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
