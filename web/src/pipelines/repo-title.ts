import { codeEndpoints } from '@madang/api'
import { useEndpoint } from '../api/hooks.ts'

/** What a repository is called now: its jobs and runs keep the name that it was made with. */
export function useRepoTitle({ project, repo }: { project: string; repo: string }): string {
  const repos = useEndpoint(codeEndpoints.repoList, { params: { project } }).data?.items
  return repos?.find(({ madeAs }) => madeAs === repo)?.name ?? repo
}
