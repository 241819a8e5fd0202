import { type ReactNode, useState } from 'react'
import type { MailMessage } from '@madang/api'
import { Alert, Modal, Text, TextInput } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { CircleAlert, Info, Mail, Search } from 'lucide-react'
import { t } from '../i18n/index.ts'
import { MoreButton } from '../ui/pieces.tsx'
import { Empty, Failure } from '../ui/states.tsx'
import { Ago } from '../ui/time.tsx'
import { MailState } from './mail-state.tsx'
import { MailView } from './mail-view.tsx'

interface Pages {
  data?: { pages: { items: MailMessage[] }[] } | undefined
  error: Error | null
  isSuccess: boolean
  hasNextPage: boolean
  isFetchingNextPage: boolean
  fetchNextPage: () => unknown
  refetch: () => unknown
}

interface Props {
  query: Pages
  to: string
  setTo: (to: string) => void
  mayDelete: boolean
}

/** A list of messages, newest first; one of them opens above the list. */
export function Mailbox({ query, to, setTo, mayDelete }: Props) {
  const [openId, setOpen] = useState<string>()
  const isPhone = useMediaQuery('(max-width: 760px)')
  const items = query.data?.pages.flatMap((page) => page.items) ?? []
  const open = items.find((mail) => mail.id === openId)
  const close = () => setOpen(undefined)
  return (
    <>
      <Explained items={items} />
      <TextInput
        aria-label={t('mail.to')}
        placeholder={t('mail.toHint')}
        leftSection={<Search size={16} />}
        maw={360}
        mb="md"
        value={to}
        onChange={(event) => setTo(event.currentTarget.value)}
      />
      {query.error && <Failure error={query.error} retry={() => void query.refetch()} />}
      {query.isSuccess && items.length === 0 && <Nothing to={to.trim()} />}
      {items.length > 0 && (
        <div className="card rows">
          {items.map((mail) => (
            <MailRow key={mail.id} mail={mail} open={() => setOpen(mail.id)} />
          ))}
        </div>
      )}
      <MoreButton query={query} />
      <Modal
        opened={open !== undefined}
        onClose={close}
        size="xl"
        fullScreen={isPhone === true}
        title={<Text fw={600}>{open?.subject || t('mail.noSubject')}</Text>}
      >
        {open && <MailView mail={open} mayDelete={mayDelete} close={close} />}
      </Modal>
    </>
  )
}

function Nothing({ to }: { to: string }) {
  const icon = <Mail size={32} />
  if (to === '') return <Empty icon={icon} title={t('mail.none')} text={t('mail.noneText')} />
  return <Empty icon={icon} title={t('mail.noneTo', { to })} text={t('mail.noneToText')} />
}

/** What the states mean, only where there is something to say. */
function Explained({ items }: { items: MailMessage[] }): ReactNode {
  if (items.some(({ state }) => state === 'failed')) {
    return (
      <Alert color="red" icon={<CircleAlert size={18} />} title={t('mail.failedTitle')} mb="md">
        {t('mail.failedText')}
      </Alert>
    )
  }
  if (items[0]?.state !== 'kept') return null
  return (
    <Alert color="gray" icon={<Info size={18} />} title={t('mail.keptTitle')} mb="md">
      {t('mail.keptText')}
    </Alert>
  )
}

function MailRow({ mail, open }: { mail: MailMessage; open: () => void }) {
  return (
    <button type="button" className="row is-link as-row" onClick={open}>
      <div className="grow">
        <Text fw={600} className="ellipsis">
          {mail.subject || t('mail.noSubject')}
        </Text>
        <Text size="sm" className="dim ellipsis">
          {mail.to.join(', ')} · {mail.source}
          {mail.project && ` · ${mail.project}`}
        </Text>
      </div>
      <Text size="sm" className="dim only-wide" style={{ flex: 'none' }}>
        <Ago at={mail.at} />
      </Text>
      <MailState state={mail.state} />
    </button>
  )
}
