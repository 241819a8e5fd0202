import { type Environment, releasesEndpoints } from '@madang/api'
import { Link, Navigate, useParams } from '@tanstack/react-router'
import { Text, Title } from '@mantine/core'
import { useEndpoint, useLive } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { ThreadPanel } from '../thread/thread-panel.tsx'
import { NotFound } from '../ui/not-found.tsx'
import { Loaded, PageHead } from '../ui/states.tsx'
import { DeploymentHistory } from './deployment-history.tsx'
import { EnvironmentRename } from './environment-rename.tsx'
import classes from './releases.module.css'
import { ServiceLine, useHealth } from './service-line.tsx'

/** `/p/GB/releases/prod`: what runs there, how it came there, and the way back. */
export function EnvironmentPage() {
  const { project, environment: name } = useParams({ strict: false }) as Record<string, string>
  useLive([`project:${project!}`])
  const query = useEndpoint(releasesEndpoints.environmentList, { params: { project: project! } })
  return (
    <Loaded query={query}>
      {({ items }) => {
        const environment = items.find((entry) => entry.name === name)
        if (environment) return <EnvironmentView environment={environment} />
        const renamed = items.find(({ formerNames }) => formerNames.includes(name!))
        if (!renamed) return <NotFound />
        const params = { project: project!, environment: renamed.name }
        return <Navigate to="/p/$project/releases/$environment" params={params} replace />
      }}
    </Loaded>
  )
}

function EnvironmentView({ environment }: { environment: Environment }) {
  const { name, project, current } = environment
  const health = useHealth(project)
  return (
    <>
      <PageHead
        title={
          <>
            <Link
              to="/p/$project/releases"
              params={{ project }}
              className="dim"
              style={{ textDecoration: 'none' }}
            >
              {t('releases.title')} /
            </Link>{' '}
            {name}
          </>
        }
        note={
          environment.formerNames.length > 0
            ? t('releases.formerly', { names: environment.formerNames.join(', ') })
            : undefined
        }
        actions={<EnvironmentRename key={name} environment={environment} />}
      />
      {current.length === 0 && <Text className="dim">{t('releases.nothingHere')}</Text>}
      <div className={classes['line']}>
        {current.map((deployment) => (
          <section key={deployment.id} className={`card ${classes['environment']}`}>
            <ServiceLine deployment={deployment} health={health} />
          </section>
        ))}
      </div>
      <Title order={2} fz={17} mt={28} mb={8}>
        {t('releases.history')}
      </Title>
      <DeploymentHistory project={project} environment={name} />
      {current.map((deployment) => (
        <section key={deployment.id}>
          <Title order={2} fz={17} mt={28} mb={8}>
            {t('releases.thread')}
            {current.length > 1 && `: ${deployment.service}`}
          </Title>
          <ThreadPanel kind="deployment" id={deployment.id} />
        </section>
      ))}
    </>
  )
}
