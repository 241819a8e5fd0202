import type { ReactNode } from 'react'
import {
  type Deployment,
  type Incident,
  monitorEndpoints,
  pipelinesEndpoints,
  releasesEndpoints,
  type Run,
} from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Button, Text, Title } from '@mantine/core'
import { Activity } from 'lucide-react'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { IncidentRow } from '../monitor/incidents.tsx'
import { RunRow } from '../pipelines/run-row.tsx'
import { DeploymentRow } from '../releases/deployment-row.tsx'
import { Empty } from '../ui/states.tsx'

const SHOWN = 12

interface Happening {
  id: string
  at: string
  row: ReactNode
}

/** Runs, deployments and incidents, the newest first. */
export function Lately({ project }: { project: string }) {
  const input = { params: { project }, query: { limit: SHOWN } }
  const runs = useEndpoint(pipelinesEndpoints.runList, input).data
  const deployments = useEndpoint(releasesEndpoints.deploymentList, input).data
  const incidents = useEndpoint(monitorEndpoints.incidentList, { params: { project } }).data
  const items = [
    ...(runs?.items ?? []).map(fromRun),
    ...(deployments?.items ?? []).map(fromDeployment),
    ...(incidents?.items ?? []).map((incident) => fromIncident(project, incident)),
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

function fromIncident(project: string, incident: Incident): Happening {
  const { id, openedAt: at } = incident
  return { id, at, row: <IncidentRow project={project} incident={incident} /> }
}
