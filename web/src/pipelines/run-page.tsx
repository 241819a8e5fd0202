import { useState } from 'react'
import { codeEndpoints, pipelinesEndpoints, type RunDetail } from '@madang/api'
import { Navigate, useParams } from '@tanstack/react-router'
import { Group, Tabs, Text } from '@mantine/core'
import { useEndpoint, useLive } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { causeLabel } from './cause-words.ts'
import { ArtifactRows } from '../registry/artifact-rows.tsx'
import { ThreadPanel } from '../thread/thread-panel.tsx'
import { Loaded, PageHead } from '../ui/states.tsx'
import { NotFound } from '../ui/not-found.tsx'
import { Ago } from '../ui/time.tsx'
import { InputPrompt } from './input-prompt.tsx'
import { LogView } from './log-view.tsx'
import { useRepoTitle } from './repo-title.ts'
import { Reports } from './reports.tsx'
import { RunActions } from './run-actions.tsx'
import { RunQuality } from './run-quality.tsx'
import { RunBadge, runTime, TagMark } from './run-row.tsx'
import { StageView } from './stage-view.tsx'
import { TestResults } from './test-results.tsx'

/** `/p/GB/pipelines/<repo>/<branch>/<number>`, the first two as one encoded part. */
export function RunPage() {
  const { project, job, number } = useParams({ strict: false }) as Record<string, string>
  const [repo = '', ...branch] = job!.split('/')
  const query = { repo, branch: branch.join('/'), number: Number(number), limit: 1 }
  const found = useEndpoint(pipelinesEndpoints.runList, { params: { project: project! }, query })
  const run = found.data?.items[0]
  const isMissing = found.isError || (found.isSuccess && !run)
  const params = { project: project!, repo }
  // Runs go along with a repository to another project.
  const home = useEndpoint(codeEndpoints.repoGet, { params }, { enabled: isMissing }).data?.project
  if (isMissing && home !== undefined && home !== project) {
    const there = { project: home, job: job!, number: number! }
    return <Navigate to="/p/$project/pipelines/$job/$number" params={there} replace />
  }
  return (
    <Loaded query={found}>
      {() => (run ? <RunById project={project!} run={run.id} /> : <NotFound />)}
    </Loaded>
  )
}

function RunById({ project, run }: { project: string; run: string }) {
  const detail = useEndpoint(pipelinesEndpoints.runGet, { params: { project, run } })
  useLive([`project:${project}/run:${run}`], (message) => {
    if (message['type'] !== 'pipelines.logGrew') void detail.refetch()
  })
  return <Loaded query={detail}>{(data) => <RunView run={data} />}</Loaded>
}

function RunView({ run }: { run: RunDetail }) {
  const repo = useRepoTitle(run)
  const [stageId, setStage] = useState<string>()
  const stage = run.stages.find((entry) => entry.id === stageId)
  const isFinished = run.state === 'finished'
  const params = { project: run.project, run: run.id }
  return (
    <>
      <PageHead
        title={
          <Group gap="sm">
            <span>
              {repo} / {run.isTag && <TagMark />}
              {run.branch} #{run.number}
            </span>
            <RunBadge run={run} />
          </Group>
        }
        note={<RunNote run={run} />}
        actions={<RunActions run={run} />}
      />
      {run.inputs.map((input) => (
        <InputPrompt key={input.id} run={run} input={input} />
      ))}
      <Reports run={run} />
      <StageView stages={run.stages} chosen={stageId} choose={setStage} />
      <Tabs defaultValue="log" keepMounted={false} mt="xs">
        <Tabs.List mb="sm">
          <Tabs.Tab value="log">{t('pipelines.log')}</Tabs.Tab>
          <Tabs.Tab value="tests">
            {t('pipelines.tests')}
            {run.tests && ` ${run.tests.passed + run.tests.failed + run.tests.skipped}`}
          </Tabs.Tab>
          <Tabs.Tab value="quality">{t('pipelines.quality')}</Tabs.Tab>
          <Tabs.Tab value="artifacts">{t('pipelines.artifacts')}</Tabs.Tab>
          <Tabs.Tab value="thread">{t('ui.thread')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="log">
          <LogView
            key={stage?.id ?? ''}
            project={run.project}
            run={run.id}
            stage={stage && { id: stage.id, name: stage.name }}
            isFinished={isFinished}
            stages={run.stages}
          />
        </Tabs.Panel>
        <Tabs.Panel value="tests">
          <TestResults {...params} summary={run.tests} />
        </Tabs.Panel>
        <Tabs.Panel value="quality">
          <RunQuality run={run} />
        </Tabs.Panel>
        <Tabs.Panel value="artifacts">
          <ArtifactRows
            project={run.project}
            filter={{ runId: run.id }}
            emptyTitle={t('pipelines.artifactsNone')}
            emptyText={t('pipelines.artifactsNoneText')}
          />
        </Tabs.Panel>
        <Tabs.Panel value="thread">
          <ThreadPanel kind="run" id={run.id} />
        </Tabs.Panel>
      </Tabs>
    </>
  )
}

function RunNote({ run }: { run: RunDetail }) {
  const time = runTime(run)
  return (
    <>
      <Text component="span" className="mono" size="sm">
        {run.commit.slice(0, 8)}
      </Text>{' '}
      {run.commitTitle} · {causeLabel(run.cause)}
      {run.description && ` · ${run.description}`}
      {time && ` · ${t('pipelines.took', { time })}`} · <Ago at={run.startedAt ?? run.queuedAt} />
    </>
  )
}
