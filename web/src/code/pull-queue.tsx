import { codeEndpoints, type PullQueue as Queue, type PullRequest } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Alert, Button, Group, Text } from '@mantine/core'
import { ListOrdered } from 'lucide-react'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { useMay } from '../ui/role.ts'
import { Ago } from '../ui/time.tsx'
import { EntryFacts } from './queue-rows.tsx'
import { endText } from './queue-words.ts'
import { StatusMarks } from './status-marks.tsx'

const paramsOf = ({ project, repo, number }: PullRequest) => ({ project, repo, number })

/** The queue of its target as an open pull request sees it; undefined until it is known. */
export function usePullQueue(pull: PullRequest): Queue | undefined {
  const input = { params: paramsOf(pull) }
  const enabled = pull.state === 'open'
  return useEndpoint(codeEndpoints.pullQueueGet, input, { enabled }).data
}

/** Where it is in the queue and what it waits for; or why it is there no more. */
export function PullQueue({ pull }: { pull: PullRequest }) {
  const queue = usePullQueue(pull)
  if (pull.state !== 'open' || !queue) return null
  if (queue.entry) return <InQueue pull={pull} queue={queue} entry={queue.entry} />
  const [last] = queue.ended
  if (!last || !queue.isOn) return null
  return (
    <Alert color="yellow" mb="md" title={t('queue.removed')}>
      <Text size="sm">
        {endText(last)} · <Ago at={last.at} />
      </Text>
    </Alert>
  )
}

function InQueue(props: { pull: PullRequest; queue: Queue; entry: NonNullable<Queue['entry']> }) {
  const { pull, queue, entry } = props
  const mayLeave = useMay('developer')
  const mayMove = useMay('maintainer')
  const params = paramsOf(pull)
  const leave = useAction(codeEndpoints.pullQueueLeave)
  const move = useAction(codeEndpoints.pullQueueMove)
  const { position } = entry
  return (
    <Alert
      color="blue"
      mb="md"
      icon={<ListOrdered size={18} />}
      title={t('queue.place', { position, length: queue.length })}
    >
      <Text size="sm" mb="sm">
        {t(`queue.state_${entry.state}`)} · <EntryFacts entry={entry} />
      </Text>
      <StatusMarks statuses={entry.statuses} />
      {queue.checksNeeded === 0 && (
        <Text size="sm" mb="sm">
          {t('queue.checks', { count: 0 })}
        </Text>
      )}
      <Group gap="sm">
        {mayLeave && (
          <Button
            variant="default"
            loading={leave.isPending}
            onClick={() => leave.mutate({ params })}
          >
            {t('queue.leave')}
          </Button>
        )}
        {mayMove && position > 1 && (
          <Button
            variant="default"
            loading={move.isPending}
            onClick={() => move.mutate({ params, body: { position: 1 } })}
          >
            {t('queue.front')}
          </Button>
        )}
        <Link
          to="/p/$project/code/$repo/pulls/queue"
          params={{ project: pull.project, repo: pull.repo }}
        >
          {t('queue.showAll')}
        </Link>
      </Group>
    </Alert>
  )
}
