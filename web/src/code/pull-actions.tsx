import { useState } from 'react'
import { codeEndpoints, mergeStrategies, type PullRequest } from '@madang/api'
import { Alert, Button, Group, Select, Text } from '@mantine/core'
import { Check, FilePen, GitCompareArrows, GitMerge, ListOrdered } from 'lucide-react'
import { useAction } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { useMe } from '../identity/me.tsx'
import { useMay } from '../ui/role.ts'
import { blockers } from './pull-blockers.ts'
import { PullConflicts } from './pull-conflicts.tsx'
import { usePullQueue } from './pull-queue.tsx'

type Strategy = (typeof mergeStrategies)[number]

/** Approve, merge, decline; what stands in the way is named. */
export function PullActions({ pull }: { pull: PullRequest }) {
  if (pull.state === 'open') return <OpenActions pull={pull} />
  return <ClosedActions pull={pull} />
}

function OpenActions({ pull }: { pull: PullRequest }) {
  const mayAct = useMay('developer')
  const params = paramsOf(pull)
  const update = useAction(codeEndpoints.pullRequestUpdate)
  const decline = useAction(codeEndpoints.pullRequestDecline)
  return (
    <Alert
      color={pull.merge?.isPossible ? 'celadon' : 'gray'}
      title={pull.merge?.isPossible ? t('code.mergeReady') : undefined}
    >
      {pull.merge && !pull.merge.isPossible && <Blockers merge={pull.merge} />}
      {pull.approvals.length > 0 && (
        <Text size="sm" mb="sm">
          {t('code.approvedBy', { names: pull.approvals.map(({ name }) => name).join(', ') })}
        </Text>
      )}
      {pull.changeRequests.length > 0 && (
        <Text size="sm" mb="sm">
          {t('code.changesAskedBy', {
            names: pull.changeRequests.map(({ name }) => name).join(', '),
          })}
        </Text>
      )}
      {pull.autoMerge && (
        <Text size="sm" mb="sm">
          {t('code.autoMergeOn', {
            strategy: t(`code.strategy_${pull.autoMerge.strategy}`),
            by: pull.autoMerge.by,
          })}
        </Text>
      )}
      {mayAct && (pull.merge?.conflicts.length ?? 0) > 0 && <Resolve pull={pull} />}
      {mayAct && (
        <Group gap="sm">
          <MergeButtons pull={pull} />
          <VerdictButtons pull={pull} />
          <Button
            variant="default"
            loading={update.isPending}
            onClick={() => update.mutate({ params, body: { isDraft: !pull.isDraft } })}
          >
            {t(pull.isDraft ? 'code.ready' : 'code.toDraft')}
          </Button>
          <Button variant="subtle" color="red" onClick={() => decline.mutate({ params })}>
            {t('code.decline')}
          </Button>
        </Group>
      )}
    </Alert>
  )
}

/** Opens the place where conflicts are decided; closed, it asks for nothing. */
function Resolve({ pull }: { pull: PullRequest }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <div style={{ marginBottom: 16 }}>
      <Button
        variant="default"
        aria-expanded={isOpen}
        leftSection={<GitCompareArrows size={16} />}
        onClick={() => setOpen(!isOpen)}
      >
        {t('code.conflictsResolve')}
      </Button>
      {isOpen && <PullConflicts pull={pull} done={() => setOpen(false)} />}
    </div>
  )
}

const paramsOf = ({ project, repo, number }: PullRequest) => ({ project, repo, number })

/** Now or through the queue of its target, where nothing is missing; else by itself once nothing is. */
function MergeButtons({ pull }: { pull: PullRequest }) {
  const [strategy, setStrategy] = useState<Strategy>('merge')
  const params = paramsOf(pull)
  const queue = usePullQueue(pull)
  const merge = useAction(codeEndpoints.pullRequestMerge)
  const enter = useAction(codeEndpoints.pullQueueEnter)
  const autoMerge = useAction(codeEndpoints.autoMergeSet)
  const stop = useAction(codeEndpoints.autoMergeDelete)
  if (queue?.entry) return null
  const body = { strategy, head: pull.head }
  return (
    <>
      <Select
        aria-label={t('code.merge')}
        w={180}
        allowDeselect={false}
        data={mergeStrategies.map((value) => ({ value, label: t(`code.strategy_${value}`) }))}
        value={strategy}
        onChange={(value) => value && setStrategy(value as Strategy)}
      />
      <Button
        leftSection={queue?.isOn ? <ListOrdered size={16} /> : <GitMerge size={16} />}
        disabled={!pull.merge?.isPossible || !queue}
        loading={merge.isPending || enter.isPending}
        onClick={() => (queue?.isOn ? enter : merge).mutate({ params, body })}
      >
        {t(queue?.isOn ? 'queue.add' : 'code.merge')}
      </Button>
      {pull.autoMerge ? (
        <Button variant="default" loading={stop.isPending} onClick={() => stop.mutate({ params })}>
          {t('code.autoMergeOff')}
        </Button>
      ) : (
        pull.merge?.isPossible === false && (
          <Button
            variant="default"
            loading={autoMerge.isPending}
            onClick={() => autoMerge.mutate({ params, body: { strategy } })}
          >
            {t(queue?.isOn ? 'queue.addLater' : 'code.autoMerge')}
          </Button>
        )
      )}
    </>
  )
}

/** What a reviewer says. Authors only approve; a rule that asks for approvals doesn't count theirs. */
function VerdictButtons({ pull }: { pull: PullRequest }) {
  const me = useMe()
  const params = paramsOf(pull)
  const approve = useAction(codeEndpoints.pullRequestApprove)
  const unapprove = useAction(codeEndpoints.pullRequestUnapprove)
  const ask = useAction(codeEndpoints.changesRequest)
  const takeBack = useAction(codeEndpoints.changesRequestDelete)
  const isOwn = pull.author.id === me.actor
  const hasApproved = pull.approvals.some(({ id }) => id === me.actor)
  const hasAsked = pull.changeRequests.some(({ id }) => id === me.actor)
  return (
    <>
      <Button
        variant="default"
        leftSection={<Check size={16} />}
        loading={approve.isPending || unapprove.isPending}
        onClick={() => (hasApproved ? unapprove : approve).mutate({ params })}
      >
        {t(hasApproved ? 'code.unapprove' : 'code.approve')}
      </Button>
      {!isOwn && (
        <Button
          variant="default"
          leftSection={<FilePen size={16} />}
          loading={ask.isPending || takeBack.isPending}
          onClick={() => (hasAsked ? takeBack : ask).mutate({ params })}
        >
          {t(hasAsked ? 'code.takeBackChanges' : 'code.askChanges')}
        </Button>
      )}
    </>
  )
}

function Blockers({ merge }: { merge: NonNullable<PullRequest['merge']> }) {
  return (
    <Text size="sm" mb="sm" component="div">
      {blockers
        .filter((code) => merge.blockers.includes(code))
        .map((code) => (
          <div key={code}>{t(`code.blocker_${code}`)}</div>
        ))}
      {merge.conflicts.map((path) => (
        <div key={path} className="mono">
          {path}
        </div>
      ))}
    </Text>
  )
}

function ClosedActions({ pull }: { pull: PullRequest }) {
  const mayReopen = useMay('developer')
  const reopen = useAction(codeEndpoints.pullRequestReopen)
  const params = { project: pull.project, repo: pull.repo, number: pull.number }
  if (pull.state === 'merged') {
    const sha = pull.mergedAs?.slice(0, 8) ?? ''
    return (
      <Alert color="celadon" icon={<GitMerge size={18} />}>
        {t('code.mergedAs', { sha })}
        {pull.strategy && ` · ${t(`code.strategy_${pull.strategy}`)}`}
      </Alert>
    )
  }
  return (
    <Alert color="gray">
      <Group>
        <Text className="grow">{t('code.declined')}</Text>
        {mayReopen && (
          <Button variant="default" size="xs" onClick={() => reopen.mutate({ params })}>
            {t('code.reopen')}
          </Button>
        )}
      </Group>
    </Alert>
  )
}
