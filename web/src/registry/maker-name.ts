import { identityEndpoints } from '@madang/api'
import { useEndpoint } from '../api/hooks.ts'

/** The name of whoever `person:…` is; undefined for runs, and for people who are gone. */
export function useMakerName(actorId: string): string | undefined {
  const people = useEndpoint(identityEndpoints.personList, { query: { limit: 200 } })
  const id = actorId.replace(/^person:/, '')
  return people.data?.items.find((person) => person.id === id)?.displayName
}
