import { codeEndpoints, identityEndpoints } from '@madang/api'
import { Client } from '../../server/src/testing/client.ts'
import { asBrowser } from '../../server/src/testing/yard.ts'
import { PASSWORD } from './browser.ts'
import type { ServerProcess } from './server-process.ts'

export interface Person {
  /** Calls with an access token. */
  client: Client
  token: string
  headers: { authorization: string }
}

/** The first administrator, without a browser, with a token that may do everything. */
export async function firstPerson(server: ServerProcess): Promise<Person> {
  const nobody = new Client(server.origin)
  const code = new URL(server.link()!).searchParams.get('code')!
  const named = { name: 'minji', displayName: 'Minji Kim', language: 'en' as const }
  const body = { code, password: PASSWORD, ...named }
  const response = await nobody.send(identityEndpoints.setup, { body })
  const browser = await asBrowser(response, server.origin)
  const { token } = await browser.call(identityEndpoints.tokenCreate, {
    body: { name: 'tests', scopes: ['read', 'write', 'administer'] },
  })
  const client = nobody.withToken(token)
  return { client, token, headers: { authorization: `Bearer ${token}` } }
}

export async function makeProject(client: Client, repos: string[]): Promise<void> {
  const body = { key: 'GB', name: 'Guestbook', description: '' }
  await client.call(identityEndpoints.projectCreate, { body })
  for (const name of repos) {
    await client.call(codeEndpoints.repoCreate, { params: { project: 'GB' }, body: { name } })
  }
}
