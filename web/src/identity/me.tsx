import { createContext, use } from 'react'
import { identityEndpoints, type Me } from '@madang/api'
import { queryOptions, useQueryClient } from '@tanstack/react-query'
import { call, CallError, setCsrf } from '../api/call.ts'
import { meKey } from '../api/client.ts'

/** Who is signed in; refused to anybody else. */
export const meQuery = queryOptions({
  queryKey: meKey,
  queryFn: async () => {
    const me = await call(identityEndpoints.me, {})
    setCsrf(me.csrf ?? '')
    return me
  },
  retry: (count, error) => !(error instanceof CallError) && count < 3,
  // Asked before the page is drawn: a refusal is known by then, and the sign-in page needs no second one.
  retryOnMount: false,
  staleTime: 60_000,
})

export const MeContext = createContext<Me | undefined>(undefined)

/** The person who is signed in; only below `SignedIn`. */
export function useMe(): Me {
  const me = use(MeContext)
  if (!me) throw new Error('useMe is used outside of SignedIn')
  return me
}

/** Takes over the answer of a sign-in: everything seen before it is asked again. */
export function useSignedIn(): (me: Me) => void {
  const client = useQueryClient()
  return (me) => {
    setCsrf(me.csrf ?? '')
    // The query of who is here stays: the page that is open watches that very one.
    client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== meKey[0] })
    client.setQueryData(meKey, me)
  }
}

export function useSignOut(): () => void {
  return () => {
    const leave = () => window.location.assign('/')
    call(identityEndpoints.signOut, {}).then(leave, leave)
  }
}
