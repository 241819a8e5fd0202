import { useState } from 'react'
import { codeEndpoints, type PullRequest } from '@madang/api'
import { Alert, Button, Group, Select, Text } from '@mantine/core'
import { Check, GitMerge } from 'lucide-react'
import { useAction } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { useMe } from '../identity/me.tsx'

const strategies = ['merge', 'squash', 'rebase'] as const
type Strategy = (typeof strategies)[number]
const blockers = ['sourceMissing', 'approvalsMissing', 'statusNotPassing', 'conflicts'] as const

/** Approve, merge, decline; what stands in the way is named. */
export function PullActions({ pull }: { pull: PullRequest }) {
  if (pull.state === 'open') return <OpenActions pull={pull} />
  return <ClosedActions pull={pull} />
}

function OpenActions({ pull }: { pull: PullRequest }) {
  const me = useMe()
  const [strategy, setStrategy] = useState<Strategy>('merge')
  const params = { project: pull.project, repo: pull.repo, number: pull.number }
  const approve = useAction(codeEndpoints.pullRequestApprove)
  const unapprove = useAction(codeEndpoints.pullRequestUnapprove)
  const merge = useAction(codeEndpoints.pullRequestMerge)
  const decline = useAction(codeEndpoints.pullRequestDecline)
  // Nobody approves their own; the server would refuse it.
  const isAuthor = pull.author.id === me.actor
  const hasApproved = pull.approvals.some(({ id }) => id === me.actor)
  return (
    <Alert
      color={pull.merge?.isPossible ? 'celadon' : 'yellow'}
      title={pull.merge?.isPossible ? t('code.mergeReady') : undefined}
    >
      {pull.merge && !pull.merge.isPossible && <Blockers merge={pull.merge} />}
      {pull.approvals.length > 0 && (
        <Text size="sm" mb="sm">
          {t('code.approvedBy', { names: pull.approvals.map(({ name }) => name).join(', ') })}
        </Text>
      )}
      <Group gap="sm">
        <Select
          aria-label={t('code.merge')}
          w={160}
          allowDeselect={false}
          data={strategies.map((value) => ({ value, label: t(`code.strategy_${value}`) }))}
          value={strategy}
          onChange={(value) => value && setStrategy(value as Strategy)}
        />
        <Button
          leftSection={<GitMerge size={16} />}
          disabled={!pull.merge?.isPossible}
          loading={merge.isPending}
          onClick={() => merge.mutate({ params, body: { strategy, head: pull.head } })}
        >
          {t('code.merge')}
        </Button>
        {!isAuthor && (
          <Button
            variant="default"
            leftSection={<Check size={16} />}
            loading={approve.isPending || unapprove.isPending}
            onClick={() => (hasApproved ? unapprove : approve).mutate({ params })}
          >
            {t(hasApproved ? 'code.unapprove' : 'code.approve')}
          </Button>
        )}
        <Button variant="subtle" color="red" onClick={() => decline.mutate({ params })}>
          {t('code.decline')}
        </Button>
      </Group>
    </Alert>
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
        <Button variant="default" size="xs" onClick={() => reopen.mutate({ params })}>
          {t('code.reopen')}
        </Button>
      </Group>
    </Alert>
  )
}
