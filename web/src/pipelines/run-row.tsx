import type { Run } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Text, VisuallyHidden } from '@mantine/core'
import { Tag } from 'lucide-react'
import { t } from '../i18n/index.ts'
import { causeLabel } from './cause-words.ts'
import { useRepoTitle } from './repo-title.ts'
import { StateBadge } from '../ui/state-badge.tsx'
import { Ago, durationText } from '../ui/time.tsx'

/** What a run's badge says: its result once finished, else how it stands. */
export function RunBadge({ run }: { run: Pick<Run, 'state' | 'result'> }) {
  if (run.state === 'finished') return <StateBadge state={run.result ?? 'NOT_BUILT'} />
  return <StateBadge state={run.state} label={t(`pipelines.state_${run.state}`)} />
}

export function runTime(run: Pick<Run, 'startedAt' | 'finishedAt'>): string | undefined {
  if (!run.startedAt) return undefined
  const end = run.finishedAt ? new Date(run.finishedAt) : new Date()
  return durationText(Math.max(end.getTime() - new Date(run.startedAt).getTime(), 0))
}

/** Before the name of a tag, where a branch's name would stand. */
export function TagMark() {
  return (
    <>
      <Tag size={13} aria-hidden style={{ marginInlineEnd: 3, verticalAlign: '-2px' }} />
      <VisuallyHidden>{t('pipelines.tag')} </VisuallyHidden>
    </>
  )
}

/** A run in a list, with a link to its page. */
export function RunRow({ run }: { run: Run }) {
  const repo = useRepoTitle(run)
  const params = {
    project: run.project,
    job: `${run.repo}/${run.branch}`,
    number: String(run.number),
  }
  return (
    <Link to="/p/$project/pipelines/$job/$number" params={params} className="row">
      <RunBadge run={run} />
      <div className="grow">
        <Text className="ellipsis" fw={500}>
          {run.commitTitle || t('pipelines.run', { number: run.number })}
        </Text>
        <Text size="sm" className="dim ellipsis">
          {repo} · {run.isTag && <TagMark />}
          {run.branch} #{run.number} · {causeLabel(run.cause)}
        </Text>
      </div>
      <Text size="sm" className="dim" ta="right" style={{ flex: 'none' }}>
        {runTime(run)}
        <br />
        <Ago at={run.finishedAt ?? run.startedAt ?? run.queuedAt} />
      </Text>
    </Link>
  )
}
