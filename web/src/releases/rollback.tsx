import { useState } from 'react'
import { cloudConsoleEndpoints, type Deployment, releasesEndpoints } from '@madang/api'
import { Alert, Button, Group, Loader, Modal, Text } from '@mantine/core'
import { CircleAlert, CircleCheck } from 'lucide-react'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { StackEvents } from '../cloud/stack-events.tsx'
import { t } from '../i18n/index.ts'
import { Loaded } from '../ui/states.tsx'
import { ChangeLists } from './deployment-changes.tsx'

interface Props {
  /** Where to go back to. */
  target: Deployment
  /** What runs now. */
  current: Deployment | undefined
  close: () => void
}

interface Started {
  stackId: string
  at: string
}

/** Says what goes away, asks, rolls back, and shows how it goes. */
export function Rollback({ target, current, close }: Props) {
  const [started, setStarted] = useState<Started>()
  const { version } = target
  return (
    <Modal
      opened
      onClose={close}
      size="lg"
      title={t(started ? 'releases.rollingBack' : 'releases.rollBackTitle', { version })}
    >
      {started ? (
        <RollbackProgress started={started} version={version} close={close} />
      ) : (
        <RollbackQuestion target={target} current={current} close={close} begin={setStarted} />
      )}
    </Modal>
  )
}

function RollbackQuestion(props: Props & { begin: (started: Started) => void }) {
  const { target, current, close } = props
  const { project } = target
  // A moment before the click: the stack's clock and the browser's need not agree to the second.
  const roll = useAction(releasesEndpoints.deploymentRollback, {
    quiet: true,
    done: ({ stackId }) => props.begin({ stackId, at: new Date(Date.now() - 3000).toISOString() }),
  })
  const changes = useEndpoint(
    releasesEndpoints.deploymentChanges,
    {
      params: { project, deployment: target.id },
      query: current ? { since: current.id } : {},
    },
    { enabled: current !== undefined },
  )
  return (
    <>
      <Text size="sm" mb="sm">
        {t('releases.rollBackText', { stack: target.stackName })}
      </Text>
      {current && <Loaded query={changes}>{(data) => <ChangeLists changes={data} />}</Loaded>}
      {roll.error && (
        <Alert color="red" icon={<CircleAlert size={18} />} mt="md">
          {roll.error.message}
        </Alert>
      )}
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={close} data-autofocus>
          {t('ui.cancel')}
        </Button>
        <Button
          color="red"
          loading={roll.isPending}
          onClick={() => roll.mutate({ params: { project, deployment: target.id }, body: {} })}
        >
          {t('releases.rollBackDo')}
        </Button>
      </Group>
    </>
  )
}

const REFRESH_MS = 1000

interface ProgressProps {
  started: Started
  version: string
  close: () => void
}

function RollbackProgress({ started, version, close }: ProgressProps) {
  const query = useEndpoint(
    cloudConsoleEndpoints.cloudStackGet,
    { params: { stack: started.stackId } },
    { refetchMs: REFRESH_MS },
  )
  const stack = query.data
  // Until the update shows up, the stack still has the state of the change before.
  const hasBegun = (stack?.updatedAt ?? '') >= started.at
  const isOver = hasBegun && stack !== undefined && !stack.status.endsWith('IN_PROGRESS')
  const isDone = isOver && stack.status === 'UPDATE_COMPLETE'
  return (
    <div aria-live="polite">
      {!isOver && (
        <Group gap="sm" mb="sm">
          <Loader size="sm" />
          <Text size="sm">{stack?.status}</Text>
        </Group>
      )}
      {isOver && (
        <Alert
          mb="sm"
          color={isDone ? 'celadon' : 'red'}
          icon={isDone ? <CircleCheck size={18} /> : <CircleAlert size={18} />}
        >
          {isDone ? t('releases.rolledBack', { version }) : t('releases.rollbackFailed')}
        </Alert>
      )}
      <StackEvents stack={started.stackId} isRunning={!isOver} since={started.at} />
      {isOver && (
        <Group justify="flex-end" mt="md">
          <Button onClick={close}>{t('ui.close')}</Button>
        </Group>
      )}
    </div>
  )
}
