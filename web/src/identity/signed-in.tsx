import type { ReactNode } from 'react'
import { useQuery } from '@tanstack/react-query'
import { Center, Loader } from '@mantine/core'
import { CallError } from '../api/call.ts'
import { Failure } from '../ui/states.tsx'
import { MeContext, meQuery } from './me.tsx'
import { SignInPage } from './sign-in-page.tsx'

/** Shows its children to who is signed in, and the sign-in page to everybody else. */
export function SignedIn({ children }: { children: ReactNode }) {
  const query = useQuery(meQuery)
  if (query.data) return <MeContext value={query.data}>{children}</MeContext>
  if (query.error instanceof CallError && query.error.status === 401) return <SignInPage />
  if (query.error) return <Failure error={query.error} retry={() => void query.refetch()} />
  return (
    <Center h="100vh">
      <Loader />
    </Center>
  )
}
