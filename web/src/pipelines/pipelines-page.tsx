import { useState } from 'react'
import { type Job, pipelinesEndpoints } from '@madang/api'
import { useParams } from '@tanstack/react-router'
import { ActionIcon, Modal, Text, Title, Tooltip, VisuallyHidden } from '@mantine/core'
import { GitBranch, Play, Tag, Workflow } from 'lucide-react'
import { useEndpoint, useLive } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { useMay } from '../ui/role.ts'
import { Empty, Loaded, PageHead } from '../ui/states.tsx'
import { Ago } from '../ui/time.tsx'
import { useRepoTitle } from './repo-title.ts'
import { RunBadge, RunRow } from './run-row.tsx'
import { RunStart } from './run-start.tsx'

export function PipelinesPage() {
  const { project } = useParams({ strict: false }) as { project: string }
  useLive([`project:${project}`])
  const [starting, setStarting] = useState<Job>()
  const jobs = useEndpoint(pipelinesEndpoints.jobList, { params: { project } })
  const runs = useEndpoint(pipelinesEndpoints.runList, {
    params: { project },
    query: { limit: 20 },
  })
  return (
    <>
      <PageHead title={t('pipelines.title')} note={t('pipelines.note')} />
      <Loaded query={jobs}>
        {({ items }) =>
          items.length === 0 ? (
            <div className="card">
              <Empty
                icon={<Workflow size={32} />}
                title={t('pipelines.noJobs')}
                text={t('pipelines.noJobsText')}
              />
            </div>
          ) : (
            <>
              <Title order={2} fz={17} mb={8}>
                {t('pipelines.branches')}
              </Title>
              <div className="card rows">
                {items.map((job) => (
                  <JobRow key={job.id} job={job} start={() => setStarting(job)} />
                ))}
              </div>
              <Title order={2} fz={17} mt={28} mb={8}>
                {t('pipelines.recentRuns')}
              </Title>
              <Loaded query={runs}>
                {(page) => (
                  <div className="card rows">
                    {page.items.map((run) => (
                      <RunRow key={run.id} run={run} />
                    ))}
                  </div>
                )}
              </Loaded>
            </>
          )
        }
      </Loaded>
      <Modal
        opened={starting !== undefined}
        onClose={() => setStarting(undefined)}
        title={t('pipelines.start')}
      >
        {starting && <RunStart job={starting} />}
      </Modal>
    </>
  )
}

function JobRow({ job, start }: { job: Job; start: () => void }) {
  const mayStart = useMay('developer')
  const repo = useRepoTitle(job)
  const Icon = job.isTag ? Tag : GitBranch
  const note = {
    branchDeleted: t('pipelines.branchGone'),
    noJenkinsfile: t('pipelines.noJenkinsfile'),
    turnedOff: t('pipelines.turnedOff'),
    none: '',
  }[job.disabled ?? 'none']
  return (
    <div className="row">
      <Icon size={18} className="dim" style={{ flex: 'none' }} aria-hidden />
      <div className="grow">
        <Text fw={600} className="ellipsis">
          {repo} / {job.branch}
          {job.isTag && <VisuallyHidden> ({t('pipelines.tag')})</VisuallyHidden>}
        </Text>
        <Text size="sm" className="dim ellipsis">
          {note || job.lastRun?.commitTitle || t('pipelines.neverRan')}
        </Text>
      </div>
      {job.lastRun && (
        <>
          <Text size="sm" className="dim">
            <Ago at={job.lastRun.finishedAt ?? job.lastRun.queuedAt} />
          </Text>
          <RunBadge run={job.lastRun} />
        </>
      )}
      {!job.disabled && mayStart && (
        <Tooltip label={t('pipelines.start')}>
          <ActionIcon variant="default" size="lg" aria-label={t('pipelines.start')} onClick={start}>
            <Play size={16} />
          </ActionIcon>
        </Tooltip>
      )}
    </div>
  )
}
