import { useState } from 'react'
import { codeEndpoints, type PullRequest, type Repo } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Button, Group, SegmentedControl, Text } from '@mantine/core'
import {
  GitMerge,
  GitPullRequest,
  GitPullRequestClosed,
  ListOrdered,
  MessageSquare,
  Plus,
} from 'lucide-react'
import { useEndpoint, usePages } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { useMay } from '../ui/role.ts'
import { Empty, Failure } from '../ui/states.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { Ago } from '../ui/time.tsx'
import { RepoFrame } from './repo-frame.tsx'
import { MoreButton } from '../ui/pieces.tsx'

const states = ['open', 'merged', 'declined', 'all'] as const
type State = (typeof states)[number]

export function PullsPage() {
  return <RepoFrame>{(repo) => <Pulls repo={repo} />}</RepoFrame>
}

function Pulls({ repo }: { repo: Repo }) {
  const [state, setState] = useState<State>('open')
  const mayPropose = useMay('developer')
  const params = { project: repo.project, repo: repo.name }
  const queues = useEndpoint(codeEndpoints.mergeQueueRuleList, { params })
  const query = usePages(codeEndpoints.pullRequestList, { params, query: { state } })
  const items = query.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <>
      <Group mb="md">
        <SegmentedControl
          value={state}
          data={states.map((value) => ({ value, label: t(`code.${value}`) }))}
          onChange={(value) => setState(value as State)}
        />
        <span className="grow" />
        {(queues.data?.items.length ?? 0) > 0 && (
          <Button
            variant="default"
            leftSection={<ListOrdered size={16} />}
            component={Link}
            to={`/p/${repo.project}/code/${repo.name}/pulls/queue`}
          >
            {t('queue.title')}
          </Button>
        )}
        {mayPropose && (
          <Button
            leftSection={<Plus size={16} />}
            component={Link}
            to={`/p/${repo.project}/code/${repo.name}/pulls/new`}
          >
            {t('code.newPull')}
          </Button>
        )}
      </Group>
      {query.error && <Failure error={query.error} retry={() => void query.refetch()} />}
      <div className="card rows">
        {query.isSuccess && items.length === 0 && (
          <Empty
            icon={<GitPullRequest size={32} />}
            title={t('code.noPulls')}
            text={t('code.noPullsText')}
          />
        )}
        {items.map((pull) => (
          <PullRow key={pull.number} pull={pull} />
        ))}
      </div>
      <MoreButton query={query} />
    </>
  )
}

const icons = { open: GitPullRequest, merged: GitMerge, declined: GitPullRequestClosed }

function PullRow({ pull }: { pull: PullRequest }) {
  const Icon = icons[pull.state]
  return (
    <Link
      to="/p/$project/code/$repo/pulls/$number"
      params={{ project: pull.project, repo: pull.repo, number: String(pull.number) }}
      className="row"
    >
      <Icon size={18} style={{ flex: 'none' }} className="dim" />
      <div className="grow">
        <Text fw={600} className="ellipsis">
          {pull.title}
        </Text>
        <Text size="sm" className="dim ellipsis">
          #{pull.number} · {pull.author.name} · {pull.source} → {pull.target} ·{' '}
          <Ago at={pull.updatedAt} />
        </Text>
      </div>
      {pull.commentCount > 0 && (
        <Group gap={4} className="dim">
          <MessageSquare size={14} />
          <Text size="sm">{pull.commentCount}</Text>
        </Group>
      )}
      {pull.isQueued && <StateBadge state="queued" label={t('queue.inQueue')} />}
      {pull.isDraft && <StateBadge state="draft" label={t('code.draft')} />}
      <StateBadge state={pull.state} label={t(`code.${pull.state}`)} />
    </Link>
  )
}
