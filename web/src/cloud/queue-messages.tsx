import { useState } from 'react'
import { Button, Group, NumberInput, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { Download, Send, Trash2 } from 'lucide-react'
import { t } from '../i18n/index.ts'
import { agoText } from '../ui/time.tsx'
import { useChange } from './operate.ts'
import { CopyText, jsonText, Section } from '../ui/pieces.tsx'

/** Puts a message into the queue. */
export function MessageSend({ url, isFifo }: { url: string; isFifo: boolean }) {
  const [body, setBody] = useState('')
  const [group, setGroup] = useState('page')
  const [delayS, setDelay] = useState<number>(0)
  const send = useChange<{ MessageId: string }>('sqs', 'sendMessage', { done: () => setBody('') })
  return (
    <Section title={t('console.send')}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          const order = { MessageGroupId: group, MessageDeduplicationId: crypto.randomUUID() }
          const given = isFifo ? order : delayS > 0 ? { DelaySeconds: delayS } : {}
          send.mutate({ QueueUrl: url, MessageBody: body, ...given })
        }}
      >
        <Stack gap="sm">
          <Textarea
            aria-label={t('console.body')}
            placeholder={t('console.bodyHint')}
            required
            autosize
            minRows={2}
            maxRows={12}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
            value={body}
            onChange={(event) => setBody(event.currentTarget.value)}
          />
          <Group align="flex-end">
            {isFifo ? (
              <TextInput
                label={t('console.group')}
                required
                value={group}
                onChange={(event) => setGroup(event.currentTarget.value)}
              />
            ) : (
              <NumberInput
                label={t('console.delay')}
                min={0}
                max={900}
                w={160}
                value={delayS}
                onChange={(value) => setDelay(Number(value) || 0)}
              />
            )}
            <Button type="submit" leftSection={<Send size={16} />} loading={send.isPending}>
              {t('console.send')}
            </Button>
            {send.data && (
              <Text size="sm" className="dim ellipsis" aria-live="polite">
                {t('console.sent', { id: send.data.MessageId })}
              </Text>
            )}
          </Group>
        </Stack>
      </form>
    </Section>
  )
}

interface Message {
  MessageId: string
  ReceiptHandle: string
  Body: string
  Attributes?: Record<string, string>
}

const AT_ONCE = 10
const HIDDEN_S = 30

/** Takes messages out as a program would: others don't see them for a while, unless they are deleted. */
export function MessagesTaken({ url }: { url: string }) {
  const [messages, setMessages] = useState<Message[]>()
  const receive = useChange<{ Messages?: Message[] }>('sqs', 'receiveMessage', {
    done: ({ Messages = [] }) => setMessages(Messages),
  })
  const ask = {
    QueueUrl: url,
    MaxNumberOfMessages: AT_ONCE,
    VisibilityTimeout: HIDDEN_S,
    MessageSystemAttributeNames: ['All'],
  }
  return (
    <Section
      title={t('console.receive')}
      right={
        <Button
          variant="default"
          leftSection={<Download size={16} />}
          loading={receive.isPending}
          onClick={() => receive.mutate(ask)}
        >
          {t('console.receiveNow')}
        </Button>
      }
    >
      <Text size="sm" className="dim" mb="sm">
        {t('console.receiveText', { count: HIDDEN_S })}
      </Text>
      <Stack gap="sm" aria-live="polite">
        {messages?.length === 0 && <Text size="sm">{t('console.nothingWaiting')}</Text>}
        {messages?.map((message) => (
          <Taken
            key={message.ReceiptHandle}
            url={url}
            message={message}
            gone={() => setMessages(messages.filter((entry) => entry !== message))}
          />
        ))}
      </Stack>
    </Section>
  )
}

function Taken({ url, message, gone }: { url: string; message: Message; gone: () => void }) {
  const remove = useChange('sqs', 'deleteMessage', { done: gone })
  const { SentTimestamp, ApproximateReceiveCount } = message.Attributes ?? {}
  return (
    <article className="card" style={{ padding: 12 }}>
      <Group mb={8} wrap="nowrap">
        <Text size="sm" className="dim grow ellipsis">
          {SentTimestamp && agoText(new Date(Number(SentTimestamp)).toISOString())}
          {' · '}
          {t('console.tries', { count: Number(ApproximateReceiveCount ?? 1) })}
          {' · '}
          <span className="mono">{message.MessageId}</span>
        </Text>
        <Button
          size="xs"
          variant="default"
          leftSection={<Trash2 size={14} />}
          loading={remove.isPending}
          onClick={() => remove.mutate({ QueueUrl: url, ReceiptHandle: message.ReceiptHandle })}
        >
          {t('ui.delete')}
        </Button>
      </Group>
      <CopyText text={jsonText(message.Body)} label={t('console.body')} />
    </article>
  )
}
