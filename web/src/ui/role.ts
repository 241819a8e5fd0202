import { codeEndpoints, identityEndpoints, type Role, roles } from '@madang/api'
import { useParams } from '@tanstack/react-router'
import { useEndpoint } from '../api/hooks.ts'
import { useCurrentProject } from './current-project.ts'

/**
 * Whether the reader has at least this role in the project at hand, or in the repository of the address, where they may
 * have been given more. The server decides; this keeps buttons away that it would refuse. False while it is not known
 * yet, so that nothing appears only to go.
 */
export function useMay(role: Role): boolean {
  const params = useParams({ strict: false }) as { project?: string; repo?: string }
  const { project = '', repo } = params
  const inProject = useProjectRole()
  const isEnough = includes(inProject, role)
  // The frame of a repository's pages asks for the same.
  const given = useEndpoint(
    codeEndpoints.repoGet,
    { params: { project, repo: repo ?? '' } },
    { enabled: repo !== undefined && !isEnough },
  )
  return isEnough || (repo !== undefined && includes(given.data?.role, role))
}

/** Whether the reader is a member of the project itself, and not only of one of its repositories. */
export const useIsMember = (): boolean => useProjectRole() !== undefined

function useProjectRole(): Role | undefined {
  const current = useCurrentProject()
  const known = useEndpoint(identityEndpoints.projectList, {}).data?.items
  return known?.find(({ key }) => key === current)?.role
}

const includes = (own: Role | undefined, wanted: Role): boolean =>
  own !== undefined && roles.indexOf(own) >= roles.indexOf(wanted)
