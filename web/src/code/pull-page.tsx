import { codeEndpoints, type PullRequest, type Repo } from '@madang/api'
import { Link, useParams } from '@tanstack/react-router'
import { Group, Tabs, Text, Title } from '@mantine/core'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { ThreadPanel } from '../thread/thread-panel.tsx'
import { Markdown } from '../ui/markdown.tsx'
import { Loaded } from '../ui/states.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { Ago } from '../ui/time.tsx'
import { CommitRows } from './commits-page.tsx'
import { PullActions } from './pull-actions.tsx'
import { PullChanges } from './pull-changes.tsx'
import { PullConversation } from './pull-conversation.tsx'
import { PullPreviews } from './pull-previews.tsx'
import { PullQuality } from './pull-quality.tsx'
import { PullQueue } from './pull-queue.tsx'
import { PullReviewers } from './pull-review.tsx'
import { PullStack } from './pull-stack.tsx'
import { PullTasks } from './pull-tasks.tsx'
import { RepoFrame } from './repo-frame.tsx'
import { StatusMarks } from './status-marks.tsx'

export function PullPage() {
  const { number } = useParams({ strict: false }) as { number: string }
  return <RepoFrame>{(repo) => <PullByNumber repo={repo} number={Number(number)} />}</RepoFrame>
}

function PullByNumber({ repo, number }: { repo: Repo; number: number }) {
  const params = { project: repo.project, repo: repo.name, number }
  const query = useEndpoint(codeEndpoints.pullRequestGet, { params })
  return <Loaded query={query}>{(pull) => <PullView repo={repo} pull={pull} />}</Loaded>
}

function PullView({ repo, pull }: { repo: Repo; pull: PullRequest }) {
  const names = { who: pull.author.name, source: pull.source, target: pull.target }
  return (
    <>
      <Group gap="sm" mb={4} align="center">
        <Title order={2} fz={22}>
          {pull.title}{' '}
          <Text component="span" className="dim" fz={22}>
            #{pull.number}
          </Text>
        </Title>
        <StateBadge state={pull.state} label={t(`code.${pull.state}`)} />
        {pull.isDraft && <StateBadge state="draft" label={t('code.draft')} />}
      </Group>
      <Text size="sm" className="dim" mb="sm">
        {t(pull.state === 'open' ? 'code.intoFrom' : 'code.intoFromClosed', names)} ·{' '}
        <Ago at={pull.createdAt} />
        {pull.issues.map((key) => (
          <span key={key}>
            {' · '}
            <Link to="/p/$project/issues/$issue" params={{ project: pull.project, issue: key }}>
              {key}
            </Link>
          </span>
        ))}
      </Text>
      <PullStack pull={pull} />
      <StatusMarks statuses={pull.statuses} />
      <PullQuality pull={pull} />
      <PullPreviews pull={pull} />
      <PullQueue pull={pull} />
      <PullActions pull={pull} />
      <Tabs defaultValue="conversation" mt="lg" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="conversation">
            {t('code.conversation')} {pull.commentCount > 0 && pull.commentCount}
          </Tabs.Tab>
          <Tabs.Tab value="changes">{t('code.changes')}</Tabs.Tab>
          <Tabs.Tab value="commits">{t('code.commits')}</Tabs.Tab>
          <Tabs.Tab value="thread">{t('ui.thread')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="conversation">
          {pull.description && (
            <section className="card" style={{ padding: '14px 18px', marginBottom: 18 }}>
              <Markdown text={pull.description} project={pull.project} />
            </section>
          )}
          <PullConversation pull={pull} />
          <PullTasks pull={pull} />
          <PullReviewers pull={pull} />
        </Tabs.Panel>
        <Tabs.Panel value="changes">
          <PullChanges pull={pull} />
        </Tabs.Panel>
        <Tabs.Panel value="commits">
          <PullCommits repo={repo} pull={pull} />
        </Tabs.Panel>
        <Tabs.Panel value="thread">
          <ThreadPanel kind="pullRequest" id={`${pull.project}/${pull.repo}#${pull.number}`} />
        </Tabs.Panel>
      </Tabs>
    </>
  )
}

function PullCommits({ repo, pull }: { repo: Repo; pull: PullRequest }) {
  const params = { project: pull.project, repo: pull.repo, number: pull.number }
  const query = useEndpoint(codeEndpoints.pullRequestCommits, { params })
  return <Loaded query={query}>{({ items }) => <CommitRows repo={repo} commits={items} />}</Loaded>
}
