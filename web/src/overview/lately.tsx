import type { ReactNode } from 'react'
import { type Deployment, pipelinesEndpoints, releasesEndpoints, type Run } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Button, Text, Title } from '@mantine/core'
import { Activity } from 'lucide-react'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { RunRow } from '../pipelines/run-row.tsx'
import { DeploymentRow } from '../releases/deployment-row.tsx'
import { Empty } from '../ui/states.tsx'

const SHOWN = 12

interface Happening {
  id: string
  at: string
  row: ReactNode
}

/** Runs and deployments, the newest first. */
export function Lately({ project }: { project: string }) {
  const input = { params: { project }, query: { limit: SHOWN } }
  const runs = useEndpoint(pipelinesEndpoints.runList, input).data
  const deployments = useEndpoint(releasesEndpoints.deploymentList, input).data
  const items = [
    ...(runs?.items ?? []).map(fromRun),
    ...(deployments?.items ?? []).map(fromDeployment),
  ]
    .toSorted((a, b) => b.at.localeCompare(a.at))
    .slice(0, SHOWN)
  return (
    <>
      <Title order={2} fz={17} mt={28} mb={8}>
        {t('overview.lately')}
      </Title>
      {runs && items.length === 0 ? (
        <div className="card">
          <Empty
            icon={<Activity size={30} />}
            title={t('overview.nothingLately')}
            text={<Text size="sm">{t('overview.nothingLatelyText')}</Text>}
            action={
              <Button
                mt="sm"
                renderRoot={(props) => (
                  <Link to="/p/$project/board" params={{ project }} {...props} />
                )}
              >
                {t('overview.newIssue')}
              </Button>
            }
          />
        </div>
      ) : (
        <div className="card rows">
          {items.map(({ id, row }) => (
            <div key={id}>{row}</div>
          ))}
        </div>
      )}
    </>
  )
}

function fromRun(run: Run): Happening {
  const at = run.finishedAt ?? run.startedAt ?? run.queuedAt
  return { id: run.id, at, row: <RunRow run={run} /> }
}

function fromDeployment(deployment: Deployment): Happening {
  const { id, at } = deployment
  return { id, at, row: <DeploymentRow deployment={deployment} /> }
}
