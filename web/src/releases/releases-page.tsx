import { type Environment, releasesEndpoints, type ServiceHealth } from '@madang/api'
import { Link, useParams } from '@tanstack/react-router'
import { Alert, Button, Group, Text, Title } from '@mantine/core'
import { CircleAlert, Rocket } from 'lucide-react'
import { useEndpoint, useLive } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Empty, Loaded, PageHead } from '../ui/states.tsx'
import { DeploymentBadge } from './deployment-row.tsx'
import { DeploymentHistory } from './deployment-history.tsx'
import classes from './releases.module.css'
import { ServiceLine, useHealth } from './service-line.tsx'

/** `/p/GB/releases`: what runs where. */
export function ReleasesPage() {
  const { project } = useParams({ strict: false }) as { project: string }
  useLive([`project:${project}`])
  const query = useEndpoint(releasesEndpoints.environmentList, { params: { project } })
  const health = useHealth(project)
  return (
    <>
      <PageHead title={t('releases.title')} note={t('releases.note')} />
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <div className="card">
              <Nothing project={project} />
            </div>
          ) : (
            <>
              <div className={classes['line']}>
                {items.map((environment) => (
                  <EnvironmentCard
                    key={environment.name}
                    environment={environment}
                    health={health}
                  />
                ))}
              </div>
              <Title order={2} fz={17} mt={28} mb={8}>
                {t('releases.history')}
              </Title>
              <DeploymentHistory project={project} />
            </>
          )
        }
      </Loaded>
    </>
  )
}

function Nothing({ project }: { project: string }) {
  return (
    <Empty
      icon={<Rocket size={32} />}
      title={t('releases.none')}
      text={t('releases.noneText')}
      action={
        <Button
          mt="sm"
          variant="default"
          renderRoot={(props) => (
            <Link to="/p/$project/pipelines" params={{ project }} {...props} />
          )}
        >
          {t('releases.toPipelines')}
        </Button>
      }
    />
  )
}

function EnvironmentCard(props: { environment: Environment; health: ServiceHealth[] }) {
  const { name, project, current, latest } = props.environment
  return (
    <section className={`card ${classes['environment']}`} aria-label={name}>
      <Group justify="space-between">
        <Title order={2} fz={18}>
          <Link
            to="/p/$project/releases/$environment"
            params={{ project, environment: name }}
            style={{ textDecoration: 'none' }}
          >
            {name}
          </Link>
        </Title>
        {latest && <DeploymentBadge deployment={latest} />}
      </Group>
      {current.length === 0 && (
        <Text size="sm" className="dim" py="sm">
          {t('releases.nothingHere')}
        </Text>
      )}
      {current.map((deployment) => (
        <ServiceLine key={deployment.id} deployment={deployment} health={props.health} />
      ))}
      {latest?.status === 'failed' && (
        <Alert color="red" icon={<CircleAlert size={16} />} p="xs" mt={4}>
          {latest.version}: {latest.reason ?? latest.stackStatus}
        </Alert>
      )}
      <Text size="sm" mt="auto" pt={8}>
        <Link to="/p/$project/releases/$environment" params={{ project, environment: name }}>
          {t('releases.moreIn')}
        </Link>
      </Text>
    </section>
  )
}
