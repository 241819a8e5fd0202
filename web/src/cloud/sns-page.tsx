import { useState } from 'react'
import { Link } from '@tanstack/react-router'
import { Switch, Text, TextInput } from '@mantine/core'
import { Megaphone } from 'lucide-react'
import { t } from '../i18n/index.ts'
import { Listing, NewButton } from '../ui/listing.tsx'
import { Calls } from './calls.tsx'
import { CloudFrame } from './cloud-frame.tsx'
import { FormDialog } from '../ui/dialogs.tsx'
import { useChange, useReadPages } from './operate.ts'

interface Topics {
  Topics?: { TopicArn: string }[]
  NextToken?: string
}

export function SnsPage() {
  const [isCreating, setCreating] = useState(false)
  const query = useReadPages<Topics>(
    'sns',
    'listTopics',
    {},
    { give: 'NextToken', take: 'NextToken' },
  )
  const topics = query.data?.pages.flatMap((page) => page.Topics ?? [])
  return (
    <CloudFrame
      title="SNS"
      note={topics && t('console.topicCount', { count: topics.length })}
      explains="sns"
      actions={<NewButton label={t('console.newTopic')} begin={() => setCreating(true)} />}
    >
      <Listing
        query={query}
        items={topics}
        empty={{
          icon: <Megaphone size={30} />,
          title: t('console.noTopics'),
          text: t('console.noTopicsText'),
        }}
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
      </Listing>
      <Calls service="sns" />
      {isCreating && <TopicCreate close={() => setCreating(false)} />}
    </CloudFrame>
  )
}

function TopicCreate({ close }: { close: () => void }) {
  const [name, setName] = useState('')
  const [isFifo, setFifo] = useState(false)
  const create = useChange('sns', 'createTopic', { quiet: true, done: close })
  return (
    <FormDialog
      title={t('console.newTopic')}
      isOpen
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
      <TextInput
        label={t('console.name')}
        required
        data-autofocus
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Switch
        label={t('console.fifoTopic')}
        description={t('console.fifoText')}
        checked={isFifo}
        onChange={(event) => setFifo(event.currentTarget.checked)}
      />
    </FormDialog>
  )
}
