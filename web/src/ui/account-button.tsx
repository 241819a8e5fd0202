import { lazy, Suspense, useState } from 'react'
import type { Me } from '@madang/api'
import { ActionIcon, type ActionIconProps, Avatar } from '@mantine/core'
import { t } from '../i18n/index.ts'
import { useAfterFirstPicture } from './idle.ts'

const AccountMenu = lazy(async () => ({
  default: (await import('./account-menu.tsx')).AccountMenu,
}))

/** The button with its menu, which comes after the first picture, or when it is asked for. */
export function Account({ person }: { person: Me }) {
  const [isWanted, setWanted] = useState(false)
  const isAfter = useAfterFirstPicture()
  const button = (
    <AccountButton person={person} aria-haspopup="menu" onClick={() => setWanted(true)} />
  )
  if (!isAfter && !isWanted) return button
  return (
    <Suspense fallback={button}>
      <AccountMenu person={person} isOpen={isWanted} />
    </Suspense>
  )
}

type ButtonProps = ActionIconProps & React.ComponentPropsWithRef<'button'> & { person: Me }

/** Passes on what a menu gives to what opens it. */
export function AccountButton({ person, ...rest }: ButtonProps) {
  return (
    <ActionIcon variant="subtle" radius="xl" size={34} aria-label={t('ui.account')} {...rest}>
      <Avatar name={person.name} size={30} radius="xl" color="celadon" aria-hidden />
    </ActionIcon>
  )
}
