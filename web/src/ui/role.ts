import { identityEndpoints, type Role, roles } from '@madang/api'
import { useEndpoint } from '../api/hooks.ts'
import { useCurrentProject } from './current-project.ts'

/**
 * Whether the reader has at least this role in the project at hand. The server decides; this keeps buttons away
 * that it would refuse. False while it is not known yet, so that nothing appears only to go.
 */
export function useMay(role: Role): boolean {
  const current = useCurrentProject()
  const known = useEndpoint(identityEndpoints.projectList, {}).data?.items
  const own = known?.find(({ key }) => key === current)?.role
  return own !== undefined && roles.indexOf(own) >= roles.indexOf(role)
}
