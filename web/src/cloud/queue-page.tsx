import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { Button, Text } from '@mantine/core'
import { Undo2 } from 'lucide-react'
import { t } from '../i18n/index.ts'
import { Loaded } from '../ui/states.tsx'
import { Calls } from './calls.tsx'
import { CloudFrame } from './cloud-frame.tsx'
import { Trail } from '../ui/link-tabs.tsx'
import { ConfirmButton } from '../ui/dialogs.tsx'
import { useChange, useRead } from './operate.ts'
import { CopyText, Facts, Section } from '../ui/pieces.tsx'
import { QueueSettings } from './queue-settings.tsx'
import { ForChangers } from './setting-change.tsx'
import { MessageSend, MessagesTaken } from './queue-messages.tsx'

const REFRESH_MS = 3000

/** `/cloud/sqs/<queue>`: what waits in it, and putting in and taking out by hand. */
export function QueuePage() {
  const { queue } = useParams({ strict: false }) as { queue: string }
  const found = useRead<{ QueueUrl: string }>('sqs', 'getQueueUrl', { QueueName: queue })
  const url = found.data?.QueueUrl
  const navigate = useNavigate()
  const remove = useChange('sqs', 'deleteQueue', {
    done: () => void navigate({ to: '/cloud/sqs' }),
  })
  const purge = useChange('sqs', 'purgeQueue')
  return (
    <CloudFrame
      title={
        <Trail to="/cloud/sqs" name="SQS">
          {queue}
        </Trail>
      }
      note={t(queue.endsWith('.fifo') ? 'console.isFifo' : 'console.isStandard')}
      actions={
        url && (
          <>
            <ConfirmButton
              label={t('console.purge')}
              text={t('console.purgeText', { name: queue })}
              run={() => purge.mutate({ QueueUrl: url })}
              isBusy={purge.isPending}
            />
            <ConfirmButton
              label={t('ui.delete')}
              text={t('console.deleteText', { name: queue })}
              run={() => remove.mutate({ QueueUrl: url })}
              isBusy={remove.isPending}
            />
          </>
        )
      }
    >
      <Loaded query={found}>
        {({ QueueUrl }) => (
          <>
            <QueueFacts url={QueueUrl} />
            <ForChangers>
              <MessageSend url={QueueUrl} isFifo={queue.endsWith('.fifo')} />
              <MessagesTaken url={QueueUrl} />
            </ForChangers>
            <Section title={t('console.fromCode')}>
              <CopyText text={commands(QueueUrl)} label={t('cloud.command')} />
            </Section>
          </>
        )}
      </Loaded>
      <Calls service="sqs" />
    </CloudFrame>
  )
}

const commands = (url: string) => `aws sqs send-message --queue-url ${url} --message-body hello
aws sqs receive-message --queue-url ${url} --wait-time-seconds 10`

interface RedrivePolicy {
  deadLetterTargetArn: string
  maxReceiveCount: number | string
}

function QueueFacts({ url }: { url: string }) {
  const query = useRead<{ Attributes?: Record<string, string> }>(
    'sqs',
    'getQueueAttributes',
    { QueueUrl: url, AttributeNames: ['All'] },
    { refetchMs: REFRESH_MS },
  )
  const seconds = (name: string) =>
    t('console.seconds', { count: Number(query.data?.Attributes?.[name] ?? 0) })
  return (
    <Loaded query={query} lines={5}>
      {({ Attributes: of = {} }) => (
        <>
          <Facts
            items={[
              [
                t('console.waitingName'),
                <strong key="n">{of['ApproximateNumberOfMessages']}</strong>,
              ],
              [t('console.takenName'), of['ApproximateNumberOfMessagesNotVisible']],
              [t('console.delayedName'), of['ApproximateNumberOfMessagesDelayed']],
              [t('console.visibility'), seconds('VisibilityTimeout')],
              [
                t('console.retention'),
                t('console.days', { count: Number(of['MessageRetentionPeriod'] ?? 0) / 86_400 }),
              ],
              [t('console.deadLetters'), <DeadLetters key="dead" policy={of['RedrivePolicy']} />],
              [
                'ARN',
                <span key="arn" className="mono">
                  {of['QueueArn']}
                </span>,
              ],
            ]}
          />
          <QueueSettings url={url} of={of} />
          <Redrive url={url} arn={of['QueueArn'] ?? ''} count={of['ApproximateNumberOfMessages']} />
        </>
      )}
    </Loaded>
  )
}

function DeadLetters({ policy }: { policy: string | undefined }) {
  if (!policy) return <span className="dim">{t('ui.none')}</span>
  const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(policy) as RedrivePolicy
  const name = deadLetterTargetArn.split(':').at(-1)!
  return (
    <>
      <Link to="/cloud/sqs/$queue" params={{ queue: name }}>
        {name}
      </Link>{' '}
      <span className="dim">{t('console.afterTries', { count: Number(maxReceiveCount) })}</span>
    </>
  )
}

/** Of a dead-letter queue: whose messages it holds, and back with them. */
function Redrive({ url, arn, count }: { url: string; arn: string; count: string | undefined }) {
  const sources = useRead<{ queueUrls?: string[] }>('sqs', 'listDeadLetterSourceQueues', {
    QueueUrl: url,
  })
  const start = useChange('sqs', 'startMessageMoveTask')
  const names = (sources.data?.queueUrls ?? []).map((source) => source.split('/').at(-1)!)
  if (names.length === 0) return null
  return (
    <Section title={t('console.redrive')}>
      <Text size="sm" className="dim" mb="sm">
        {t('console.redriveText', { names: names.join(', ') })}
      </Text>
      <ForChangers>
        <Button
          leftSection={<Undo2 size={16} />}
          disabled={count === '0'}
          loading={start.isPending}
          onClick={() => start.mutate({ SourceArn: arn })}
        >
          {t('console.redriveStart')}
        </Button>
      </ForChangers>
    </Section>
  )
}
