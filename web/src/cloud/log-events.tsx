import { useState } from 'react'
import { type CloudLogEvent, cloudConsoleEndpoints as api } from '@madang/api'
import { Group, Select, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { Search } from 'lucide-react'
import { CallError } from '../api/call.ts'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Empty, Loaded } from '../ui/states.tsx'
import { LogLines } from './log-lines.tsx'
import { useRegion } from './region.ts'

const REFRESH_MS = 4000
const spans = [15, 60, 180, 1440, 10_080] as const

/** The latest events of a log group or of one of its streams, with AWS's filter patterns. */
export function LogEvents({ group, stream }: { group: string; stream?: string }) {
  const [text, setText] = useState('')
  const [minutes, setMinutes] = useState(1440)
  const [pattern] = useDebouncedValue(text.trim(), 350)
  const filter = pattern ? { pattern } : {}
  const query = useEndpoint(
    api.cloudLogEventList,
    { query: { ...useRegion(), group, minutes, limit: 200, stream, ...filter } },
    { refetchMs: REFRESH_MS },
  )
  const isBadPattern = pattern !== '' && query.error instanceof CallError
  return (
    <>
      <Group gap="sm" mb="sm" align="flex-start">
        <TextInput
          aria-label={t('cloud.filterEvents')}
          placeholder={t('cloud.filterEvents')}
          leftSection={<Search size={16} />}
          style={{ flex: '1 1 220px' }}
          value={text}
          error={isBadPattern ? `${query.error?.message}. ${t('cloud.badPattern')}` : undefined}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Select
          aria-label={t('cloud.span')}
          w={150}
          allowDeselect={false}
          data={spans.map((value) => ({ value: String(value), label: t(`cloud.span_${value}`) }))}
          value={String(minutes)}
          onChange={(value) => value && setMinutes(Number(value))}
        />
      </Group>
      {isBadPattern ? null : (
        <Loaded query={query}>
          {(found) => <Events events={found.items} isCut={found.truncated} pattern={pattern} />}
        </Loaded>
      )}
    </>
  )
}

interface EventsProps {
  events: CloudLogEvent[]
  isCut: boolean
  pattern: string
}

function Events({ events, isCut, pattern }: EventsProps) {
  if (events.length === 0) {
    return (
      <div className="card">
        <Empty
          title={t(pattern ? 'cloud.noMatch' : 'cloud.noEvents')}
          text={t(pattern ? 'cloud.noMatchText' : 'cloud.noEventsText')}
        />
      </div>
    )
  }
  return (
    <>
      {isCut && (
        <Text size="xs" className="dim" mb={4}>
          {t('cloud.eventsCut', { count: events.length })}
        </Text>
      )}
      <LogLines lines={events} />
    </>
  )
}
