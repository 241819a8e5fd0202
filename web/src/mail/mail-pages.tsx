import { mailEndpoints } from '@madang/api'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { useDebouncedValue } from '@mantine/hooks'
import { useLive, usePages } from '../api/hooks.ts'
import { AdminTabs, SettingsTabs } from '../identity/page-tabs.tsx'
import { t } from '../i18n/index.ts'
import { PageHead } from '../ui/states.tsx'
import { Mailbox } from './mailbox.tsx'

/** `/admin/mail`: all that was sent, of every project and of none. */
export function MailPage() {
  const [to, setTo] = useState('')
  const [wanted] = useDebouncedValue(to.trim(), 250)
  const query = usePages(mailEndpoints.mailList, { query: wanted === '' ? {} : { to: wanted } })
  return (
    <>
      <AdminTabs />
      <PageHead title={t('mail.title')} note={t('mail.note')} />
      <Mailbox query={query} to={to} setTo={setTo} mayDelete />
    </>
  )
}

/** `/p/GB/mail`: what was sent about one project. */
export function ProjectMailPage() {
  const { project } = useParams({ strict: false }) as { project: string }
  const [to, setTo] = useState('')
  const [wanted] = useDebouncedValue(to.trim(), 250)
  const query = usePages(mailEndpoints.projectMailList, {
    params: { project },
    query: wanted === '' ? {} : { to: wanted },
  })
  useLive([`project:${project}`])
  return (
    <>
      <SettingsTabs project={project} />
      <PageHead title={t('mail.title')} note={t('mail.projectNote')} />
      <Mailbox query={query} to={to} setTo={setTo} mayDelete={false} />
    </>
  )
}
