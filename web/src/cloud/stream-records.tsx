import { useState } from 'react'
import { Button, Group, Select, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { Send } from 'lucide-react'
import { t } from '../i18n/index.ts'
import { base64OfText, textOfBase64 } from '../ui/base64.ts'
import { Loaded } from '../ui/states.tsx'
import { agoText } from '../ui/time.tsx'
import { useChange, useRead } from './operate.ts'
import { CopyText, jsonText, Section } from '../ui/pieces.tsx'

/** Puts a record into the stream. */
export function RecordPut({ stream }: { stream: string }) {
  const [text, setText] = useState('')
  const [key, setKey] = useState('page')
  const put = useChange<{ ShardId: string }>('kinesis', 'putRecord', { done: () => setText('') })
  return (
    <Section title={t('console.put')}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          put.mutate({ StreamName: stream, PartitionKey: key, Data: base64OfText(text) })
        }}
      >
        <Stack gap="sm">
          <Textarea
            aria-label={t('console.record')}
            placeholder={t('console.bodyHint')}
            required
            autosize
            minRows={2}
            maxRows={12}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Group align="flex-end">
            <TextInput
              label={t('console.partitionKey')}
              required
              value={key}
              onChange={(event) => setKey(event.currentTarget.value)}
            />
            <Button type="submit" leftSection={<Send size={16} />} loading={put.isPending}>
              {t('console.put')}
            </Button>
            {put.data && (
              <Text size="sm" className="dim" aria-live="polite">
                {t('console.sent', { id: put.data.ShardId })}
              </Text>
            )}
          </Group>
        </Stack>
      </form>
    </Section>
  )
}

interface Records {
  Records?: {
    SequenceNumber: string
    PartitionKey: string
    Data: string
    ApproximateArrivalTimestamp?: string
  }[]
}

const AT_ONCE = 50

/** The oldest records that a shard still keeps. Reading takes nothing out. */
export function RecordsRead({ stream }: { stream: string }) {
  const shards = useRead<{ Shards?: { ShardId: string }[] }>('kinesis', 'listShards', {
    StreamName: stream,
  })
  const names = (shards.data?.Shards ?? []).map(({ ShardId }) => ShardId)
  const [chosen, choose] = useState<string | null>(null)
  const shard = chosen ?? names[0]
  const place = useRead<{ ShardIterator?: string }>(
    'kinesis',
    'getShardIterator',
    { StreamName: stream, ShardId: shard, ShardIteratorType: 'TRIM_HORIZON' },
    { enabled: shard !== undefined },
  )
  const ShardIterator = place.data?.ShardIterator
  const records = useRead<Records>(
    'kinesis',
    'getRecords',
    { ShardIterator, Limit: AT_ONCE },
    { enabled: ShardIterator !== undefined },
  )
  return (
    <Section
      title={t('console.records')}
      right={
        <Select
          aria-label={t('console.shards')}
          allowDeselect={false}
          data={names}
          value={shard ?? null}
          onChange={choose}
        />
      }
    >
      <Text size="sm" className="dim" mb="sm">
        {t('console.recordsText', { count: AT_ONCE })}
      </Text>
      <Loaded query={records} lines={2}>
        {({ Records: items = [] }) => (
          <Stack gap="sm">
            {items.length === 0 && <Text size="sm">{t('console.noRecords')}</Text>}
            {items.map((record) => (
              <article key={record.SequenceNumber} className="card" style={{ padding: 12 }}>
                <Text size="sm" className="dim ellipsis" mb={6}>
                  {record.PartitionKey}
                  {record.ApproximateArrivalTimestamp &&
                    ` · ${agoText(record.ApproximateArrivalTimestamp)}`}
                  {' · '}
                  <span className="mono">{record.SequenceNumber}</span>
                </Text>
                <CopyText text={jsonText(textOfBase64(record.Data))} label={t('console.record')} />
              </article>
            ))}
          </Stack>
        )}
      </Loaded>
    </Section>
  )
}
