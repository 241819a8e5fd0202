import { pipelinesEndpoints, type RunDetail, type RunReports } from '@madang/api'
import { Badge, Group, Progress, Table, Text } from '@mantine/core'
import { Gauge } from 'lucide-react'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Empty, Loaded } from '../ui/states.tsx'

/** What the tools of a run reported: coverage, issues, tests that are not to be relied on. */
export function RunQuality({ run }: { run: RunDetail }) {
  const query = useEndpoint(pipelinesEndpoints.runReports, {
    params: { project: run.project, run: run.id },
  })
  return (
    <Loaded query={query}>
      {({ coverage, issues, flakyTests }) =>
        coverage.length + issues.length + flakyTests.length === 0 ? (
          <Empty
            icon={<Gauge size={32} />}
            title={t('pipelines.qualityNone')}
            text={t('pipelines.qualityNoneText')}
          />
        ) : (
          <>
            {coverage.map((each) => (
              <CoverageCard key={each.id} coverage={each} />
            ))}
            {issues.map((each) => (
              <IssuesCard key={each.id} issues={each} />
            ))}
            {flakyTests.length > 0 && <FlakyCard tests={flakyTests} />}
          </>
        )
      }
    </Loaded>
  )
}

const gateColours = { passed: 'celadon', unstable: 'yellow', failed: 'red' }

function CardHead({ name, gate }: { name: string; gate: keyof typeof gateColours | undefined }) {
  return (
    <Group gap="xs" mb="xs">
      <Text fw={600}>{name}</Text>
      {gate && (
        <Badge variant="light" color={gateColours[gate]}>
          {t(`pipelines.gate_${gate}`)}
        </Badge>
      )}
    </Group>
  )
}

const percent = (ratio: { percent?: number | undefined }) =>
  ratio.percent === undefined ? '–' : `${ratio.percent.toFixed(1)}%`

function CoverageCard({ coverage }: { coverage: RunReports['coverage'][number] }) {
  const { lineChange } = coverage
  return (
    <section className="card" style={{ padding: 'var(--mantine-spacing-md)', marginBottom: 12 }}>
      <CardHead name={coverage.name} gate={coverage.gate} />
      <Group gap="lg" mb="sm">
        <Text>
          {t('pipelines.coverageLines', { percent: percent(coverage.line) })}
          {lineChange !== undefined && lineChange !== 0 && (
            <Text component="span" c={lineChange > 0 ? 'celadon' : 'red'}>
              {' '}
              {lineChange > 0 ? '+' : ''}
              {lineChange.toFixed(2)}
            </Text>
          )}
        </Text>
        <Text>{t('pipelines.coverageBranches', { percent: percent(coverage.branch) })}</Text>
        <Text className="dim">{t('pipelines.coverageFiles', { count: coverage.fileCount })}</Text>
      </Group>
      <Progress value={coverage.line.percent ?? 0} aria-label={coverage.name} mb="sm" />
      <Table>
        <Table.Tbody>
          {coverage.files.slice(0, 50).map((file) => (
            <Table.Tr key={file.path}>
              <Table.Td className="mono">{file.path}</Table.Td>
              <Table.Td ta="end">{percent(file.line)}</Table.Td>
              <Table.Td ta="end" className="dim">
                {file.line.covered} / {file.line.total}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  )
}

const severityColours = { error: 'red', high: 'orange', normal: 'yellow', low: 'gray' }

function IssuesCard({ issues }: { issues: RunReports['issues'][number] }) {
  const { total, added, fixed } = issues
  return (
    <section className="card" style={{ padding: 'var(--mantine-spacing-md)', marginBottom: 12 }}>
      <CardHead name={issues.name} gate={issues.gate} />
      <Text mb="sm">{t('pipelines.issuesCount', { total, added, fixed })}</Text>
      <Table>
        <Table.Tbody>
          {issues.items.slice(0, 100).map((item, index) => (
            <Table.Tr key={`${item.file} ${item.line} ${item.type} ${index}`}>
              <Table.Td>
                <Badge size="xs" variant="light" color={severityColours[item.severity]}>
                  {t(`pipelines.severity_${item.severity}`)}
                </Badge>
                {item.isNew && (
                  <Badge size="xs" ml={4}>
                    {t('pipelines.issueNew')}
                  </Badge>
                )}
              </Table.Td>
              <Table.Td className="mono">
                {item.file}
                {item.line > 0 && `:${item.line}`}
              </Table.Td>
              <Table.Td>
                {item.message}
                {item.type && <span className="dim"> {item.type}</span>}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  )
}

function FlakyCard({ tests }: { tests: RunReports['flakyTests'] }) {
  return (
    <section className="card" style={{ padding: 'var(--mantine-spacing-md)' }}>
      <CardHead name={t('pipelines.flaky')} gate={undefined} />
      <Text className="dim" mb="xs">
        {t('pipelines.flakyText')}
      </Text>
      {tests.map(({ className, name }) => (
        <Text key={`${className} ${name}`} className="mono" size="sm">
          {className}.{name}
        </Text>
      ))}
    </section>
  )
}
