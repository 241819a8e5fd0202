import { identityEndpoints } from '@madang/api'
import { useParams } from '@tanstack/react-router'
import { useEndpoint, useLive } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Loaded, PageHead } from '../ui/states.tsx'
import { Lately } from './lately.tsx'
import { LoopStrip } from './loop-strip.tsx'

/** `/p/GB`: the loop as one picture, and what happened of late. */
export function OverviewPage() {
  const { project } = useParams({ strict: false }) as { project: string }
  useLive([`project:${project}`])
  const query = useEndpoint(identityEndpoints.projectGet, { params: { project } })
  return (
    <Loaded query={query}>
      {(data) => (
        <>
          <PageHead title={data.name} note={data.description || t('overview.loop')} />
          <LoopStrip project={project} />
          <Lately project={project} />
        </>
      )}
    </Loaded>
  )
}
