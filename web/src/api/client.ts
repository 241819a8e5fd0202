import type { CallInput, CallResult, Endpoint } from '@madang/api'
import { QueryClient, type QueryFunctionContext, queryOptions } from '@tanstack/react-query'
import { call, CallError } from './call.ts'

/** What the pages know of the server's answers. A browser that calls itself offline still reaches this machine. */
export const client = new QueryClient({
  defaultOptions: {
    mutations: { networkMode: 'always' },
    queries: {
      networkMode: 'always',
      staleTime: 5_000,
      retry: (count, error) => !(error instanceof CallError) && count < 5,
    },
  },
})

/** The cache's name of one call. */
export function queryKey<E extends Endpoint>(endpoint: E, input: CallInput<E>): unknown[] {
  return [endpoint.path, endpoint.method, input]
}

/** How one call is asked for and kept. */
export function queryOf<E extends Endpoint>(endpoint: E, input: CallInput<E>) {
  return queryOptions<CallResult<E>>({
    queryKey: queryKey(endpoint, input),
    queryFn: ({ signal }: QueryFunctionContext) => call(endpoint, input, signal),
  })
}

/** The cache's name of who is signed in. */
export const meKey = ['me']

/**
 * Asks for what a page is about to show; a refusal waits for the page, which asks again and shows it. Only for who is
 * signed in: anybody else gets the sign-in page.
 */
export function askAhead<E extends Endpoint>(endpoint: E, input: CallInput<E>): void {
  if (client.getQueryData(meKey) === undefined) return
  void client.prefetchQuery(queryOf(endpoint, input))
}

/** Until no question is open, or `ms` have passed. */
export function answered(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer)
      unsubscribe()
      resolve()
    }
    const timer = setTimeout(() => finish(), ms)
    const unsubscribe = client.getQueryCache().subscribe(() => {
      if (client.isFetching() === 0) finish()
    })
    if (client.isFetching() === 0) finish()
  })
}
