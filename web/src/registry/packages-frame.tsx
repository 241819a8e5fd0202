import type { ReactNode } from 'react'
import { t } from '../i18n/index.ts'
import { LinkTabs } from '../ui/link-tabs.tsx'
import { PageHead } from '../ui/states.tsx'

interface Props {
  project: string
  title?: ReactNode
  note?: ReactNode
  actions?: ReactNode
  children: ReactNode
}

/** Every page of what a project made: its files, its images, and how clients reach them. */
export function PackagesFrame({ project, title, note, actions, children }: Props) {
  const tabs = [
    { to: `/p/${project}/artifacts`, name: t('registry.artifacts') },
    { to: `/p/${project}/images`, name: t('registry.images') },
    { to: `/p/${project}/packages`, name: t('registry.clients') },
  ]
  return (
    <>
      <LinkTabs label={t('registry.title')} tabs={tabs} />
      <PageHead title={title ?? t('registry.title')} note={note} actions={actions} />
      {children}
    </>
  )
}
