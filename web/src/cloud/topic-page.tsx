import { useState } from 'react'
import { useNavigate, useParams } from '@tanstack/react-router'
import { Button, Group, Select, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { Send } from 'lucide-react'
import { t } from '../i18n/index.ts'
import { NewButton } from '../ui/listing.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { Calls } from './calls.tsx'
import { CloudFrame } from './cloud-frame.tsx'
import { Trail } from '../ui/link-tabs.tsx'
import { ConfirmButton, FormDialog } from '../ui/dialogs.tsx'
import { useMay } from '../ui/role.ts'
import { useChange, useRead } from './operate.ts'
import { ForChangers } from './setting-change.tsx'
import { SubscriptionFilter } from './subscription-filter.tsx'
import { Facts, Section } from '../ui/pieces.tsx'

const REFRESH_MS = 5000

/** `/cloud/sns/<topic ARN>`: who hears of it, and telling them. */
export function TopicPage() {
  const { topic } = useParams({ strict: false }) as { topic: string }
  const name = topic.split(':').at(-1)!
  const query = useRead<{ Attributes?: Record<string, string> }>('sns', 'getTopicAttributes', {
    TopicArn: topic,
  })
  const navigate = useNavigate()
  const remove = useChange('sns', 'deleteTopic', {
    done: () => void navigate({ to: '/cloud/sns' }),
  })
  return (
    <CloudFrame
      title={
        <Trail to="/cloud/sns" name="SNS">
          {name}
        </Trail>
      }
      note={t(name.endsWith('.fifo') ? 'console.isFifo' : 'console.isStandardTopic')}
      actions={
        <ConfirmButton
          label={t('ui.delete')}
          text={t('console.deleteText', { name })}
          run={() => remove.mutate({ TopicArn: topic })}
          isBusy={remove.isPending}
        />
      }
    >
      <Loaded query={query} lines={3}>
        {({ Attributes: of = {} }) => (
          <Facts
            items={[
              [t('console.displayName'), of['DisplayName']],
              [t('console.subscriptions'), of['SubscriptionsConfirmed']],
              [t('console.pending'), of['SubscriptionsPending']],
              [
                'ARN',
                <span key="arn" className="mono">
                  {topic}
                </span>,
              ],
            ]}
          />
        )}
      </Loaded>
      <ForChangers>
        <Publish topic={topic} isFifo={name.endsWith('.fifo')} />
      </ForChangers>
      <Subscriptions topic={topic} />
      <Calls service="sns" />
    </CloudFrame>
  )
}

function Publish({ topic, isFifo }: { topic: string; isFifo: boolean }) {
  const [text, setText] = useState('')
  const [subject, setSubject] = useState('')
  const publish = useChange<{ MessageId: string }>('sns', 'publish', { done: () => setText('') })
  return (
    <Section title={t('console.publish')}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          const order = { MessageGroupId: 'page', MessageDeduplicationId: crypto.randomUUID() }
          publish.mutate({
            TopicArn: topic,
            Message: text,
            ...(subject ? { Subject: subject } : {}),
            ...(isFifo ? order : {}),
          })
        }}
      >
        <Stack gap="sm">
          <TextInput
            label={t('console.subject')}
            value={subject}
            onChange={(event) => setSubject(event.currentTarget.value)}
          />
          <Textarea
            label={t('console.body')}
            required
            autosize
            minRows={2}
            maxRows={12}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Group>
            <Button type="submit" leftSection={<Send size={16} />} loading={publish.isPending}>
              {t('console.publish')}
            </Button>
            {publish.data && (
              <Text size="sm" className="dim ellipsis" aria-live="polite">
                {t('console.sent', { id: publish.data.MessageId })}
              </Text>
            )}
          </Group>
        </Stack>
      </form>
    </Section>
  )
}

interface Subscription {
  SubscriptionArn: string
  Protocol: string
  Endpoint: string
}

function Subscriptions({ topic }: { topic: string }) {
  const [isAdding, setAdding] = useState(false)
  const query = useRead<{ Subscriptions?: Subscription[] }>(
    'sns',
    'listSubscriptionsByTopic',
    { TopicArn: topic },
    { refetchMs: REFRESH_MS },
  )
  return (
    <Section
      title={t('console.subscriptions')}
      right={
        <ForChangers>
          <NewButton isSecondary label={t('console.subscribe')} begin={() => setAdding(true)} />
        </ForChangers>
      }
    >
      <Loaded query={query}>
        {({ Subscriptions: items = [] }) => (
          <div className="card rows">
            {items.length === 0 && (
              <Empty title={t('console.noSubscriptions')} text={t('console.noSubscriptionsText')} />
            )}
            {items.map((entry) => (
              <SubscriptionRow key={`${entry.Protocol} ${entry.Endpoint}`} subscription={entry} />
            ))}
          </div>
        )}
      </Loaded>
      {isAdding && <Subscribe topic={topic} close={() => setAdding(false)} />}
    </Section>
  )
}

function SubscriptionRow({ subscription }: { subscription: Subscription }) {
  const { SubscriptionArn, Protocol, Endpoint } = subscription
  const remove = useChange('sns', 'unsubscribe')
  const mayChange = useMay('developer')
  const isConfirmed = SubscriptionArn.startsWith('arn:')
  return (
    <div className="row" style={{ flexWrap: 'wrap' }}>
      <div className="grow" style={{ flexBasis: 200 }}>
        <Text className="mono ellipsis">{Endpoint}</Text>
        <Text size="sm" className="dim">
          {Protocol}
          {!isConfirmed && ` · ${t('console.unconfirmed')}`}
        </Text>
      </div>
      {isConfirmed && <SubscriptionFilter arn={SubscriptionArn} />}
      {isConfirmed && mayChange && (
        <ConfirmButton
          size="xs"
          label={t('console.unsubscribe')}
          text={t('console.unsubscribeText', { name: Endpoint })}
          run={() => remove.mutate({ SubscriptionArn })}
          isBusy={remove.isPending}
        />
      )}
    </div>
  )
}

const protocols = ['sqs', 'lambda', 'http', 'https', 'email', 'sms', 'firehose', 'application']
const hints: Record<string, string> = {
  sqs: 'arn:aws:sqs:ap-northeast-2:000000000000:orders',
  lambda: 'arn:aws:lambda:ap-northeast-2:000000000000:function:notify',
  http: 'http://127.0.0.1:8080/hook',
  https: 'https://example.com/hook',
  email: 'minji@example.com',
}

function Subscribe({ topic, close }: { topic: string; close: () => void }) {
  const [protocol, setProtocol] = useState('sqs')
  const [endpoint, setEndpoint] = useState('')
  const add = useChange('sns', 'subscribe', { quiet: true, done: close })
  return (
    <FormDialog
      title={t('console.subscribe')}
      close={close}
      label={t('console.subscribe')}
      isBusy={add.isPending}
      error={add.error}
      submit={() => add.mutate({ TopicArn: topic, Protocol: protocol, Endpoint: endpoint.trim() })}
    >
      <Select
        label={t('console.protocol')}
        data={protocols}
        allowDeselect={false}
        value={protocol}
        onChange={(value) => setProtocol(value ?? 'sqs')}
      />
      <TextInput
        label={t('console.receiver')}
        required
        data-autofocus
        placeholder={hints[protocol] ?? ''}
        value={endpoint}
        onChange={(event) => setEndpoint(event.currentTarget.value)}
      />
    </FormDialog>
  )
}
