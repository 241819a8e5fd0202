import { useState } from 'react'
import { Link } from '@tanstack/react-router'
import { NumberInput, Switch, Text } from '@mantine/core'
import { Waves } from 'lucide-react'
import { t } from '../i18n/index.ts'
import { StateBadge } from '../ui/state-badge.tsx'
import { FormDialog } from '../ui/dialogs.tsx'
import { NameInput } from './name-input.tsx'
import { useChange, useReadPages } from './operate.ts'
import { ServiceList } from './service-list.tsx'

interface Streams {
  StreamSummaries?: { StreamName: string; StreamStatus: string; StreamARN: string }[]
  NextToken?: string
}

export function KinesisPage() {
  const query = useReadPages<Streams>(
    'kinesis',
    'listStreams',
    { Limit: 50 },
    { give: 'NextToken', take: 'NextToken' },
  )
  const streams = query.data?.pages.flatMap((page) => page.StreamSummaries ?? [])
  return (
    <ServiceList
      service="kinesis"
      query={query}
      items={streams}
      count={(count) => t('console.streamCount', { count })}
      empty={{
        icon: <Waves size={30} />,
        title: t('console.noStreams'),
        text: t('console.noStreamsText'),
      }}
      make={{ label: t('console.newStream'), Form: StreamCreate }}
    >
      {({ StreamName, StreamStatus, StreamARN }) => (
        <Link
          key={StreamARN}
          to="/cloud/kinesis/$stream"
          params={{ stream: StreamName }}
          className="row"
        >
          <Waves size={18} className="dim" style={{ flex: 'none' }} />
          <Text fw={600} className="grow ellipsis">
            {StreamName}
          </Text>
          <StateBadge state={StreamStatus} />
        </Link>
      )}
    </ServiceList>
  )
}

function StreamCreate({ close }: { close: () => void }) {
  const [name, setName] = useState('')
  const [isOnDemand, setOnDemand] = useState(false)
  const [shards, setShards] = useState(1)
  const create = useChange('kinesis', 'createStream', { quiet: true, done: close })
  return (
    <FormDialog
      title={t('console.newStream')}
      close={close}
      label={t('ui.create')}
      isBusy={create.isPending}
      error={create.error}
      submit={() =>
        create.mutate({
          StreamName: name,
          ...(isOnDemand
            ? { StreamModeDetails: { StreamMode: 'ON_DEMAND' } }
            : { ShardCount: shards }),
        })
      }
    >
      <NameInput name={name} set={setName} />
      <Switch
        label={t('console.onDemandStream')}
        checked={isOnDemand}
        onChange={(event) => setOnDemand(event.currentTarget.checked)}
      />
      {!isOnDemand && (
        <NumberInput
          label={t('console.shards')}
          description={t('console.shardsText')}
          min={1}
          max={200}
          value={shards}
          onChange={(value) => setShards(Number(value) || 1)}
        />
      )}
    </FormDialog>
  )
}
