import { type Deployment, monitorEndpoints, type ServiceHealth } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Group, Text } from '@mantine/core'
import { ExternalLink } from 'lucide-react'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { agoText } from '../ui/time.tsx'
import { DeploymentSource } from './deployment-row.tsx'
import classes from './releases.module.css'

const REFRESH_MS = 10_000

/** How the running services answer, asked again and again. */
export function useHealth(project: string): ServiceHealth[] {
  const options = { refetchMs: REFRESH_MS }
  const query = useEndpoint(monitorEndpoints.healthList, { params: { project } }, options)
  return query.data?.items ?? []
}

/** What runs in an environment: version, since when, by whom, where, and whether it answers. */
export function ServiceLine(props: { deployment: Deployment; health: ServiceHealth[] }) {
  const { deployment } = props
  return (
    <div className={classes['service']}>
      <Group gap={8} justify="space-between">
        <Text fw={600}>{deployment.service}</Text>
        <Text fw={700} className="mono">
          {deployment.version}
        </Text>
      </Group>
      <Text size="sm" className="dim">
        {t('releases.since', { time: agoText(deployment.at) })}
      </Text>
      <DeploymentSource deployment={deployment} />
      {deployment.endpoints.map((url) => (
        <EndpointLine
          key={url}
          url={url}
          state={props.health.find((entry) => entry.url === url)?.state}
        />
      ))}
      <Text size="sm">
        <Link
          to="/cloud/cloudformation/$stack"
          params={{ stack: deployment.stackName }}
          className="dim"
        >
          {t('releases.stack')} {deployment.stackName}
        </Link>
      </Text>
    </div>
  )
}

function EndpointLine({ url, state }: { url: string; state: ServiceHealth['state'] | undefined }) {
  return (
    <div className={classes['endpoint']}>
      {state && <HealthDot state={state} />}
      <a href={url} target="_blank" rel="noreferrer" className="ellipsis">
        {url}
      </a>
      <ExternalLink size={13} style={{ flex: 'none' }} aria-hidden />
    </div>
  )
}

/** A coloured dot, and the state in words for those who can't tell the colours apart. */
export function HealthDot({ state }: { state: ServiceHealth['state'] }) {
  return (
    <span className={classes['health']} data-state={state}>
      <span className={classes['dot']} aria-hidden />
      {t(`releases.health_${state}`)}
    </span>
  )
}
