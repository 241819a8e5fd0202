import { useState } from 'react'
import { pipelinesEndpoints, type RunDetail, type TestResult } from '@madang/api'
import { Code, Collapse, Group, Switch, Text, UnstyledButton } from '@mantine/core'
import { CircleCheck, CircleMinus, CircleX, FlaskConical } from 'lucide-react'
import { usePages } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Empty, Failure } from '../ui/states.tsx'
import { durationText } from '../ui/time.tsx'
import { MoreButton } from '../ui/pieces.tsx'

interface Props {
  project: string
  run: string
  summary: RunDetail['tests']
}

export function TestResults({ project, run, summary }: Props) {
  const [isFailedOnly, setFailedOnly] = useState((summary?.failed ?? 0) > 0)
  const query = usePages(pipelinesEndpoints.runTests, {
    params: { project, run },
    query: isFailedOnly ? { status: 'failed' as const } : {},
  })
  if (!summary) {
    return (
      <Empty
        icon={<FlaskConical size={32} />}
        title={t('pipelines.testsNone')}
        text={t('pipelines.testsNoneText')}
      />
    )
  }
  const items = query.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <>
      <Group mb="sm" gap="lg">
        <Text c="celadon">{t('pipelines.passed', { count: summary.passed })}</Text>
        <Text {...(summary.failed > 0 ? { c: 'red', fw: 600 } : { className: 'dim' })}>
          {t('pipelines.failed', { count: summary.failed })}
        </Text>
        <Text className="dim grow">{t('pipelines.skipped', { count: summary.skipped })}</Text>
        <Switch
          size="xs"
          label={t('pipelines.onlyFailed')}
          checked={isFailedOnly}
          onChange={(event) => setFailedOnly(event.currentTarget.checked)}
        />
      </Group>
      {query.error && <Failure error={query.error} retry={() => void query.refetch()} />}
      <div className="card rows">
        {items.map((result, index) => (
          <TestRow
            key={`${result.suite} ${result.className} ${result.name} ${index}`}
            result={result}
          />
        ))}
      </div>
      <MoreButton query={query} />
    </>
  )
}

const icons = {
  passed: <CircleCheck size={18} color="var(--mantine-color-celadon-filled)" />,
  failed: <CircleX size={18} color="var(--mantine-color-red-filled)" />,
  skipped: <CircleMinus size={18} className="dim" />,
}

function TestRow({ result }: { result: TestResult }) {
  const [isOpen, setOpen] = useState(false)
  const detail = [result.message, result.stackTrace, result.output].filter(Boolean).join('\n\n')
  return (
    <div>
      <UnstyledButton
        className="row"
        w="100%"
        disabled={detail === ''}
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        {icons[result.status]}
        <div className="grow">
          <Text className="ellipsis">{result.name}</Text>
          <Text size="sm" className="dim ellipsis">
            {[result.suite, result.className].filter(Boolean).join(' · ')}
          </Text>
        </div>
        <Text size="sm" className="dim">
          {durationText(result.durationMs)}
        </Text>
      </UnstyledButton>
      <Collapse expanded={isOpen}>
        <Code block m="sm" mt={0} style={{ whiteSpace: 'pre-wrap' }}>
          {detail}
        </Code>
      </Collapse>
    </div>
  )
}
