import { useEffect, useRef } from 'react'
import type { CallInput, CallResult, Endpoint } from '@madang/api'
import {
  type InfiniteData,
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import { notifications } from '@mantine/notifications'
import { call } from './call.ts'
import { queryKey, queryOf } from './client.ts'

/** Reads an endpoint; shows what it had while it asks again. */
export function useEndpoint<E extends Endpoint>(
  endpoint: E,
  input: CallInput<E>,
  options: { enabled?: boolean; refetchMs?: number } = {},
) {
  return useQuery<CallResult<E>>({
    ...queryOf(endpoint, input),
    placeholderData: keepPreviousData,
    enabled: options.enabled ?? true,
    ...(options.refetchMs ? { refetchInterval: options.refetchMs } : {}),
  })
}

/** Reads an endpoint of the form `{ items, nextCursor? }` page by page. */
export function usePages<E extends Endpoint>(
  endpoint: E,
  input: CallInput<E>,
  options: { refetchMs?: number } = {},
) {
  const given = input as { query?: Record<string, unknown> }
  return useInfiniteQuery<
    CallResult<E>,
    Error,
    InfiniteData<CallResult<E>>,
    unknown[],
    string | undefined
  >({
    queryKey: [...queryKey(endpoint, input), 'pages'],
    initialPageParam: undefined,
    queryFn: ({ pageParam, signal }) => {
      const query = { ...given.query, ...(pageParam ? { cursor: pageParam } : {}) }
      return call(endpoint, { ...input, query } as CallInput<E>, signal)
    },
    getNextPageParam: (last) => (last as { nextCursor?: string }).nextCursor,
    ...(options.refetchMs ? { refetchInterval: options.refetchMs } : {}),
  })
}

interface ActionOptions<E extends Endpoint> {
  /** Paths whose cached answers are stale afterwards; default: everything on the page. */
  stale?: string[]
  done?: (result: CallResult<E>, input: CallInput<E>) => void
  /** Say nothing on a refusal; the caller shows it in its form. */
  quiet?: boolean
}

/** Makes a change; a refusal is told in the corner, in the server's words. */
export function useAction<E extends Endpoint>(endpoint: E, options: ActionOptions<E> = {}) {
  const client = useQueryClient()
  return useMutation<CallResult<E>, Error, CallInput<E>>({
    mutationFn: (input) => call(endpoint, input),
    onSuccess: async (result, input) => {
      options.done?.(result, input)
      await client.invalidateQueries(
        options.stale
          ? { predicate: (query) => options.stale!.includes(String(query.queryKey[0])) }
          : {},
      )
    },
    onError: (error) => {
      if (!options.quiet) notifications.show({ color: 'red', message: error.message })
    },
  })
}

const SETTLE_MS = 120

/** Asks again for what a page shows when the server says that something changed there. */
export function useLive(topics: string[], hear?: (message: Record<string, unknown>) => void): void {
  const client = useQueryClient()
  const name = topics.join(' ')
  const latest = useRef(hear)
  useEffect(() => {
    latest.current = hear
  })
  useEffect(() => {
    if (name === '') return undefined
    const search = new URLSearchParams(name.split(' ').map((topic) => ['topic', topic]))
    const source = new EventSource(`/api/live?${search}`)
    let timer: ReturnType<typeof setTimeout> | undefined
    const told = (message: Record<string, unknown>) => {
      if (latest.current) return latest.current(message)
      clearTimeout(timer)
      timer = setTimeout(() => void client.invalidateQueries({ type: 'active' }), SETTLE_MS)
    }
    source.addEventListener('message', (event) => {
      told(JSON.parse(String(event.data)) as Record<string, unknown>)
    })
    let wasOpen = false
    source.addEventListener('open', () => {
      // Nobody knows what the server said while the connection was lost.
      if (wasOpen) told({ type: 'live.reopened' })
      wasOpen = true
    })
    return () => {
      clearTimeout(timer)
      source.close()
    }
  }, [client, name])
}
