import { useState } from 'react'
import { Alert, Button, Group, Stack, Text, Textarea } from '@mantine/core'
import { Play } from 'lucide-react'
import { t } from '../i18n/index.ts'
import { base64OfText, textOfBase64 } from '../ui/base64.ts'
import { CopyText, jsonText, Section } from '../ui/pieces.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { useChange } from './operate.ts'

interface Answer {
  /** Set when the function itself failed. */
  FunctionError?: string
  /** Base64: the end of what this call wrote. */
  LogResult?: string
  /** Base64: what the function gave back, or its error. */
  Payload?: string
}

/** Calls the function with an event of one's own and shows what came of it. */
export function FunctionTest({ name }: { name: string }) {
  const [event, setEvent] = useState('{\n  "key": "value"\n}')
  const invoke = useChange<Answer>('lambda', 'invoke', { quiet: true })
  return (
    <Section title={t('function.test')}>
      <form
        onSubmit={(submitted) => {
          submitted.preventDefault()
          invoke.mutate({ FunctionName: name, LogType: 'Tail', Payload: base64OfText(event) })
        }}
      >
        <Stack gap="sm">
          {invoke.error && <Alert color="red">{invoke.error.message}</Alert>}
          <Textarea
            label={t('function.event')}
            autosize
            minRows={3}
            maxRows={14}
            spellCheck={false}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
            value={event}
            onChange={(change) => setEvent(change.currentTarget.value)}
          />
          <Group>
            <Button type="submit" leftSection={<Play size={16} />} loading={invoke.isPending}>
              {t('function.invoke')}
            </Button>
          </Group>
        </Stack>
      </form>
      {invoke.data && <Outcome answer={invoke.data} />}
    </Section>
  )
}

function Outcome({ answer }: { answer: Answer }) {
  const { FunctionError, Payload = '', LogResult } = answer
  return (
    <Stack gap="sm" mt="md" aria-live="polite">
      <Group gap="xs">
        <StateBadge
          state={FunctionError ? 'FAILED' : 'SUCCESS'}
          label={t(FunctionError ? 'function.failed' : 'function.answered')}
        />
        {FunctionError && (
          <Text size="sm" className="dim">
            {FunctionError}
          </Text>
        )}
      </Group>
      <CopyText text={jsonText(textOfBase64(Payload)) || '—'} label={t('function.answer')} />
      {LogResult && <CopyText text={textOfBase64(LogResult).trimEnd()} label={t('function.log')} />}
    </Stack>
  )
}
