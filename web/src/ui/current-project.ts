import { useEffect } from 'react'
import { identityEndpoints } from '@madang/api'
import { useParams } from '@tanstack/react-router'
import { useEndpoint } from '../api/hooks.ts'

const KEPT = 'madang.project'

/**
 * The project that a page stands in: the one of its address, else the one looked at last, so that the way along the loop
 * stays while one is in the cloud. Undefined where there is no project.
 */
export function useCurrentProject(): string | undefined {
  const { project } = useParams({ strict: false }) as { project?: string }
  const known = useEndpoint(identityEndpoints.projectList, {}).data?.items
  useEffect(() => {
    if (project) localStorage.setItem(KEPT, project)
  }, [project])
  if (project) return project
  const last = localStorage.getItem(KEPT)
  return known?.some(({ key }) => key === last) ? (last ?? undefined) : known?.[0]?.key
}
