import { useState } from 'react'
import { Link } from '@tanstack/react-router'
import { Select, Switch, Text } from '@mantine/core'
import { Inbox } from 'lucide-react'
import { t } from '../i18n/index.ts'
import { FormDialog } from '../ui/dialogs.tsx'
import { NameInput } from './name-input.tsx'
import { useChange, useRead, useReadPages } from './operate.ts'
import { ServiceList } from './service-list.tsx'

interface Queues {
  QueueUrls?: string[]
  NextToken?: string
}

const REFRESH_MS = 5000
const nameOf = (url: string) => url.split('/').at(-1)!

function useQueues() {
  const query = useReadPages<Queues>(
    'sqs',
    'listQueues',
    { MaxResults: 100 },
    { give: 'NextToken', take: 'NextToken' },
  )
  return { query, urls: query.data?.pages.flatMap(({ QueueUrls }) => QueueUrls ?? []) }
}

export function SqsPage() {
  const { query, urls } = useQueues()
  return (
    <ServiceList
      service="sqs"
      query={query}
      items={urls}
      count={(count) => t('console.queueCount', { count })}
      empty={{
        icon: <Inbox size={30} />,
        title: t('console.noQueues'),
        text: t('console.noQueuesText'),
      }}
      make={{ label: t('console.newQueue'), Form: QueueCreate }}
    >
      {(url) => <QueueRow key={url} url={url} />}
    </ServiceList>
  )
}

function QueueRow({ url }: { url: string }) {
  const query = useRead<{ Attributes?: Record<string, string> }>(
    'sqs',
    'getQueueAttributes',
    {
      QueueUrl: url,
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    },
    { refetchMs: REFRESH_MS },
  )
  const { ApproximateNumberOfMessages: waiting, ApproximateNumberOfMessagesNotVisible: taken } =
    query.data?.Attributes ?? {}
  return (
    <Link to="/cloud/sqs/$queue" params={{ queue: nameOf(url) }} className="row">
      <Inbox size={18} className="dim" style={{ flex: 'none' }} />
      <Text fw={600} className="grow ellipsis">
        {nameOf(url)}
      </Text>
      {waiting !== undefined && (
        <Text size="sm" className="dim" style={{ flex: 'none' }}>
          {t('console.waiting', { count: Number(waiting) })}
          {Number(taken) > 0 && ` · ${t('console.taken', { count: Number(taken) })}`}
        </Text>
      )}
    </Link>
  )
}

const TRIES = 3

function QueueCreate({ close }: { close: () => void }) {
  const { urls: others = [] } = useQueues()
  const [name, setName] = useState('')
  const [isFifo, setFifo] = useState(false)
  const [dead, setDead] = useState<string | null>(null)
  const create = useChange('sqs', 'createQueue', { quiet: true, done: close })
  // A dead-letter queue has to be of the same kind.
  const fitting = others.filter((url) => url.endsWith('.fifo') === isFifo)
  const target = useRead<{ Attributes?: Record<string, string> }>(
    'sqs',
    'getQueueAttributes',
    { QueueUrl: dead, AttributeNames: ['QueueArn'] },
    { enabled: dead !== null },
  )
  const deadLetterTargetArn = target.data?.Attributes?.['QueueArn']
  const redrive = dead !== null &&
    deadLetterTargetArn !== undefined && {
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: TRIES }),
    }
  return (
    <FormDialog
      title={t('console.newQueue')}
      close={close}
      label={t('ui.create')}
      isBusy={create.isPending || target.isLoading}
      error={create.error}
      submit={() =>
        create.mutate({
          QueueName: isFifo ? `${name.replace(/\.fifo$/, '')}.fifo` : name,
          Attributes: { ...(isFifo && { FifoQueue: 'true' }), ...redrive },
        })
      }
    >
      <NameInput name={name} set={setName} />
      <Switch
        label={t('console.fifoQueue')}
        description={t('console.fifoText')}
        checked={isFifo}
        onChange={(event) => {
          setFifo(event.currentTarget.checked)
          setDead(null)
        }}
      />
      <Select
        label={t('console.deadLetters')}
        description={t('console.deadLettersText', { count: TRIES })}
        placeholder={t('ui.none')}
        clearable
        data={fitting.map((value) => ({ value, label: nameOf(value) }))}
        value={dead}
        onChange={setDead}
      />
    </FormDialog>
  )
}
