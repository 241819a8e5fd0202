import { pipelinesEndpoints } from '@madang/api'
import { useEndpoint } from '../api/hooks.ts'
import { PageLink } from '../ui/page-link.tsx'

/** A run named by its id: its branch and number, once the server has told them. */
export function RunLink({ project, run }: { project: string; run: string }) {
  const { data } = useEndpoint(pipelinesEndpoints.runGet, { params: { project, run } })
  if (!data) return <span className="mono">{run}</span>
  return (
    <PageLink to={data.url}>
      {data.repo} / {data.branch} #{data.number}
    </PageLink>
  )
}
