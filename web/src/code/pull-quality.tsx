import {
  pipelinesEndpoints,
  type PullRequest,
  type Run,
  type RunReports,
  threadEndpoints,
} from '@madang/api'
import { Group, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { useIsMember } from '../ui/role.ts'

/**
 * What the newest run of a pull request's head says of it: its tests, what it does to coverage, and
 * the images that it pushed.
 */
export function PullQuality({ pull }: { pull: PullRequest }) {
  const { project, repo, head: commit } = pull
  const query = { repo, commit, limit: 1 }
  // Runs are their project's; whoever was given this repository alone sees the statuses of its commits.
  const enabled = useIsMember()
  const runs = useEndpoint(pipelinesEndpoints.runList, { params: { project }, query }, { enabled })
  const run = runs.data?.items[0]
  return run?.commit === commit ? <Quality run={run} /> : null
}

function Quality({ run }: { run: Run }) {
  const params = { project: run.project, run: run.id }
  const isOver = run.state === 'finished'
  const reports = useEndpoint(pipelinesEndpoints.runReports, { params }, { enabled: isOver })
  const coverage = isOver ? (reports.data?.coverage ?? []) : []
  const images = useImages(run)
  if (!run.tests && coverage.length === 0 && images.length === 0) return null
  return (
    <Group gap="md" mb="md">
      {run.tests && (
        <Link to={run.url}>
          <Text component="span" size="sm" c={run.tests.failed > 0 ? 'red' : undefined}>
            {t('code.testsOfHead', { ...run.tests })}
          </Text>
        </Link>
      )}
      {coverage.map((each) => (
        <Coverage key={each.id} coverage={each} />
      ))}
      {images.length > 0 && (
        <Text size="sm" component="div" style={{ overflowWrap: 'anywhere' }}>
          {t('code.imagesOfHead')}:{' '}
          {images.map(({ id, title, url }, index) => (
            <span key={id}>
              {index > 0 && ', '}
              <Link to={url!} className="mono">
                {title}
              </Link>
            </span>
          ))}
        </Text>
      )}
    </Group>
  )
}

function useImages({ id }: Run) {
  const thread = useEndpoint(threadEndpoints.threadGet, { query: { kind: 'run', id } })
  const nodes = thread.data?.nodes ?? []
  return nodes.filter(
    (node) => node.id.startsWith('image:') && node.side === 'after' && !node.isRemoved && node.url,
  )
}

function Coverage({ coverage }: { coverage: RunReports['coverage'][number] }) {
  const { line, lineChange } = coverage
  if (line.percent === undefined) return null
  return (
    <Text size="sm">
      {t('code.coverageOfHead', { name: coverage.name, percent: line.percent.toFixed(1) })}{' '}
      {lineChange !== undefined && <CoverageChange points={lineChange} />}
    </Text>
  )
}

function CoverageChange({ points }: { points: number }) {
  const shown = points.toFixed(1)
  if (Number(shown) === 0) return <span className="dim">{t('code.coverageSame')}</span>
  return (
    <Text component="span" c={points > 0 ? 'celadon' : 'red'} fw={600}>
      {t(points > 0 ? 'code.coverageUp' : 'code.coverageDown', { points: shown.replace('-', '') })}
    </Text>
  )
}
