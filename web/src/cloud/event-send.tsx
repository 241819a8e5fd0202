import { useState } from 'react'
import { Alert, Button, Group, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { Send } from 'lucide-react'
import { t } from '../i18n/index.ts'
import { Section } from '../ui/pieces.tsx'
import { useChange } from './operate.ts'
import classes from './cloud.module.css'

interface Answer {
  Entries?: { EventId?: string; ErrorCode?: string; ErrorMessage?: string }[]
}

/** Puts one event on a bus, as a program would. */
export function EventSend({ bus }: { bus: string }) {
  const [source, setSource] = useState('shop.orders')
  const [type, setType] = useState('OrderPlaced')
  const [detail, setDetail] = useState('{\n  "total": 12000\n}')
  const put = useChange<Answer>('events', 'putEvents', { quiet: true })
  const [entry] = put.data?.Entries ?? []
  const refused = put.error?.message ?? (entry?.ErrorCode ? entry.ErrorMessage : undefined)
  return (
    <Section title={t('events.send')}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          const fields = { Source: source, DetailType: type, Detail: detail, EventBusName: bus }
          put.mutate({ Entries: [fields] })
        }}
      >
        <Stack gap="sm">
          {refused && <Alert color="red">{refused}</Alert>}
          <div className={classes['two']}>
            <TextInput
              label={t('events.source')}
              required
              value={source}
              onChange={(event) => setSource(event.currentTarget.value)}
            />
            <TextInput
              label={t('events.detailType')}
              required
              value={type}
              onChange={(event) => setType(event.currentTarget.value)}
            />
          </div>
          <Textarea
            label={t('events.detail')}
            required
            autosize
            minRows={3}
            maxRows={14}
            spellCheck={false}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
            value={detail}
            onChange={(event) => setDetail(event.currentTarget.value)}
          />
          <Group>
            <Button type="submit" leftSection={<Send size={16} />} loading={put.isPending}>
              {t('events.sendNow')}
            </Button>
            {entry?.EventId && (
              <Text size="sm" className="dim ellipsis" aria-live="polite">
                {t('console.sent', { id: entry.EventId })}
              </Text>
            )}
          </Group>
        </Stack>
      </form>
    </Section>
  )
}
