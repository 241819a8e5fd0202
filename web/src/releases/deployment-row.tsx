import type { ReactNode } from 'react'
import type { Deployment } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Badge, Group, Text } from '@mantine/core'
import { t } from '../i18n/index.ts'
import { StateBadge } from '../ui/state-badge.tsx'
import { Ago } from '../ui/time.tsx'

const states = { succeeded: 'ok', failed: 'FAILED', removed: 'removed' } as const

export function DeploymentBadge({ deployment }: { deployment: Deployment }) {
  const label = t(`releases.status_${deployment.status}`)
  return <StateBadge state={states[deployment.status]} label={label} />
}

/** A deployment in a list: what, where, by whom, and what came of it. */
export function DeploymentRow(props: { deployment: Deployment; actions?: ReactNode }) {
  const { deployment } = props
  const { project, environment } = deployment
  return (
    <div className="row" style={{ flexWrap: 'wrap' }}>
      <DeploymentBadge deployment={deployment} />
      <div className="grow" style={{ flexBasis: 200 }}>
        <Group gap={8}>
          <Text fw={500}>
            {deployment.service} <strong>{deployment.version}</strong>
            {' → '}
            <Link to="/p/$project/releases/$environment" params={{ project, environment }}>
              {environment}
            </Link>
          </Text>
          {deployment.isCurrent && (
            <Badge size="sm" radius="sm" tt="none" variant="light">
              {t('releases.current')}
            </Badge>
          )}
          {deployment.rollbackOf && (
            <Badge size="sm" radius="sm" tt="none" variant="light" color="yellow">
              {t('releases.rollbackOf')}
            </Badge>
          )}
        </Group>
        <DeploymentSource deployment={deployment} />
        {deployment.reason && (
          <Text size="sm" c="var(--mantine-color-red-text)">
            {deployment.reason}
          </Text>
        )}
      </div>
      <Group gap="sm" wrap="nowrap" style={{ flex: 'none' }}>
        <Text size="sm" className="dim">
          <Ago at={deployment.at} />
        </Text>
        {props.actions}
      </Group>
    </div>
  )
}

/** Who brought it, by which run and from which commit, and when if that is not said elsewhere. */
export function DeploymentSource(props: { deployment: Deployment; isDated?: boolean }) {
  const { deployment, isDated = false } = props
  const { run, commit } = deployment
  return (
    <Text size="sm" className="dim">
      {run ? (
        <Link to={run.url}>{run.label}</Link>
      ) : (
        t('releases.by', { who: deployment.actorName })
      )}
      {commit && (
        <>
          {' · '}
          <Link to={commit.url} className="mono">
            {commit.sha.slice(0, 8)}
          </Link>
        </>
      )}
      {isDated && (
        <>
          {' · '}
          <Ago at={deployment.at} />
        </>
      )}
    </Text>
  )
}
