import {
  cloudOperateEndpoints,
  type ConsoleChange,
  type ConsoleRead,
  type ConsoleService,
} from '@madang/api'
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { notifications } from '@mantine/notifications'
import { call } from '../api/call.ts'
import { t } from '../i18n/index.ts'
import { useCurrentProject } from '../ui/current-project.ts'
import { useRegion } from './region.ts'

type Input = Record<string, unknown>
const READ = 'cloud-read'

function read(service: string, operation: string, region: { region?: string }, input: Input) {
  return call(cloudOperateEndpoints.cloudRead, {
    params: { service, operation },
    query: { ...region, input: JSON.stringify(input) },
  })
}

/** AWS's answer to a reading operation, as JSON (moments are ISO strings). */
export function useRead<T>(
  service: ConsoleService,
  operation: ConsoleRead<ConsoleService>,
  input: Input = {},
  options: { refetchMs?: number; enabled?: boolean } = {},
) {
  const region = useRegion()
  return useQuery<T>({
    queryKey: [READ, service, operation, region, input],
    queryFn: async () => (await read(service, operation, region, input)) as T,
    enabled: options.enabled ?? true,
    ...(options.refetchMs ? { refetchInterval: options.refetchMs } : {}),
  })
}

/** A list that AWS gives page by page: by which member it takes up, and which of the answer says where. */
export function useReadPages<T>(
  service: ConsoleService,
  operation: ConsoleRead<ConsoleService>,
  input: Input,
  token: { give: string; take: keyof T & string; enabled?: boolean },
) {
  const region = useRegion()
  return useInfiniteQuery({
    queryKey: [READ, service, operation, region, input, 'pages'],
    initialPageParam: undefined as unknown,
    queryFn: async ({ pageParam }) => {
      const more = pageParam === undefined ? {} : { [token.give]: pageParam }
      return (await read(service, operation, region, { ...input, ...more })) as T
    },
    getNextPageParam: (last) => last[token.take] ?? undefined,
    enabled: token.enabled ?? true,
  })
}

interface ChangeOptions<T> {
  done?: (answer: T) => void
  /** Say nothing on a refusal; the caller shows it in its form. */
  quiet?: boolean
}

/** Calls a changing operation as the person's role of the project; what is shown is asked anew. */
export function useChange<T = object>(
  service: ConsoleService,
  operation: ConsoleChange<ConsoleService>,
  options: ChangeOptions<T> = {},
) {
  const project = useCurrentProject()
  const region = useRegion()
  const client = useQueryClient()
  return useMutation<T, Error, Input>({
    mutationFn: async (input) => {
      if (!project) throw new Error(t('console.needsProject'))
      const params = { project, service, operation }
      const body = { ...region, input }
      return (await call(cloudOperateEndpoints.cloudOperate, { params, body })) as T
    },
    onSuccess: async (answer) => {
      options.done?.(answer)
      await client.invalidateQueries()
    },
    onError: (error) => {
      if (!options.quiet) notifications.show({ color: 'red', message: error.message })
    },
  })
}
