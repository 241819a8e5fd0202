import { useState } from 'react'
import { Link } from '@tanstack/react-router'
import { Switch, Text } from '@mantine/core'
import { Megaphone } from 'lucide-react'
import { t } from '../i18n/index.ts'
import { FormDialog } from '../ui/dialogs.tsx'
import { NameInput } from './name-input.tsx'
import { useChange, useReadPages } from './operate.ts'
import { ServiceList } from './service-list.tsx'

interface Topics {
  Topics?: { TopicArn: string }[]
  NextToken?: string
}

export function SnsPage() {
  const query = useReadPages<Topics>(
    'sns',
    'listTopics',
    {},
    { give: 'NextToken', take: 'NextToken' },
  )
  const topics = query.data?.pages.flatMap((page) => page.Topics ?? [])
  return (
    <ServiceList
      service="sns"
      query={query}
      items={topics}
      count={(count) => t('console.topicCount', { count })}
      empty={{
        icon: <Megaphone size={30} />,
        title: t('console.noTopics'),
        text: t('console.noTopicsText'),
      }}
      make={{ label: t('console.newTopic'), Form: TopicCreate }}
    >
      {({ TopicArn }) => (
        <Link key={TopicArn} to="/cloud/sns/$topic" params={{ topic: TopicArn }} className="row">
          <Megaphone size={18} className="dim" style={{ flex: 'none' }} />
          <div className="grow">
            <Text fw={600} className="ellipsis">
              {TopicArn.split(':').at(-1)}
            </Text>
            <Text size="sm" className="dim mono ellipsis">
              {TopicArn}
            </Text>
          </div>
        </Link>
      )}
    </ServiceList>
  )
}

function TopicCreate({ close }: { close: () => void }) {
  const [name, setName] = useState('')
  const [isFifo, setFifo] = useState(false)
  const create = useChange('sns', 'createTopic', { quiet: true, done: close })
  return (
    <FormDialog
      title={t('console.newTopic')}
      close={close}
      label={t('ui.create')}
      isBusy={create.isPending}
      error={create.error}
      submit={() =>
        create.mutate(
          isFifo
            ? { Name: `${name.replace(/\.fifo$/, '')}.fifo`, Attributes: { FifoTopic: 'true' } }
            : { Name: name },
        )
      }
    >
      <NameInput name={name} set={setName} />
      <Switch
        label={t('console.fifoTopic')}
        description={t('console.fifoText')}
        checked={isFifo}
        onChange={(event) => setFifo(event.currentTarget.checked)}
      />
    </FormDialog>
  )
}
