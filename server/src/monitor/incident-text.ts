import type { Deployment, ReleaseChanges, ReleaseCommit } from '@madang/api'
import type { AlarmChanged } from './ports.ts'

const MOST_COMMITS = 20

/** Title and description (Markdown, in both languages) of the issue an alarm opens. */
export function issueText(
  alarm: AlarmChanged,
  deployment: Deployment | undefined,
  changes: ReleaseChanges | undefined,
): { title: string; description: string } {
  const metric = [alarm.metric.namespace, alarm.metric.name].filter(Boolean).join(' ')
  const lines = [
    `**경보 · Alarm** ${alarm.name}${metric ? ` (${metric})` : ''}`,
    '',
    `> ${alarm.reason}`,
    '',
    ...(deployment ? releaseLines(deployment) : noRelease),
    ...(changes ? suspectLines(changes) : []),
  ]
  const place = deployment ? ` (${deployment.environment} ${deployment.version})` : ''
  return { title: `${alarm.name} · ALARM${place}`, description: lines.join('\n') }
}

const noRelease = [
  '어느 배포에 속한 경보인지 알 수 없습니다. · No release is known for this alarm.',
]

function releaseLines(deployment: Deployment): string[] {
  const { environment, service, version, run, commit, actorName, at } = deployment
  const by = run ? `[${run.label}](${run.url})` : `${actorName} (실행 밖 · outside a run)`
  const page = `/p/${deployment.project}/releases/${encodeURIComponent(environment)}`
  return [
    `**배포 · Release** [${service} ${version} → ${environment}](${page}), ${at}`,
    `**실행 · Run** ${by}`,
    ...(commit ? [`**커밋 · Commit** [${commit.sha.slice(0, 7)}](${commit.url})`] : []),
    '',
  ]
}

function suspectLines(changes: ReleaseChanges): string[] {
  const { commits, issues, from } = changes
  const since = from ? ` (${from.version} →)` : ''
  const left = commits.length - MOST_COMMITS
  return [
    `### 의심되는 변경 · Suspects${since}`,
    ...(commits.length === 0
      ? ['이전 배포 이후의 커밋이 없습니다. · No commits since the previous deployment.']
      : commits.slice(0, MOST_COMMITS).map(commitLine)),
    ...(left > 0 ? [`- … +${left}`] : []),
    ...(issues.length > 0 ? ['', `**이슈 · Issues** ${issues.join(', ')}`] : []),
  ]
}

function commitLine({ sha, url, title, author }: ReleaseCommit): string {
  return `- [${sha.slice(0, 7)}](${url}) ${title} (${author})`
}

/** The comment when the alarm is over. */
export function commentText(alarm: AlarmChanged, lastedMs: number): string {
  const minutes = Math.max(1, Math.round(lastedMs / 60_000))
  return [
    `경보가 해제되었습니다(${minutes}분). · The alarm is OK again after ${minutes} min.`,
    '',
    `> ${alarm.reason}`,
  ].join('\n')
}
