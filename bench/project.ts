import { codeEndpoints, identityEndpoints } from '@madang/api'
import { Client } from '../server/src/testing/client.ts'
import { type BenchServer, signUp, startServer } from './server.ts'

/** A server with a project BENCH and its repository `bench`. */
export interface Project {
  server: BenchServer
  /** Ada's browser. */
  browser: Client
  /** Ada's token: what scripts use. */
  script: Client
  /** With the token in it. */
  gitUrl: string
}

export const KEY = 'BENCH'
export const REPO = 'bench'

export async function openProject(given: { home?: string } = {}): Promise<Project> {
  const server = await startServer(given)
  const browser = await signUp(server.origin, await server.welcomeCode)
  await browser.call(identityEndpoints.projectCreate, { body: { key: KEY, name: 'Bench' } })
  const { token } = await browser.call(identityEndpoints.tokenCreate, {
    body: { name: 'bench', scopes: ['read', 'write'], expiresInDays: 1 },
  })
  const script = browser.withToken(token)
  await script.call(codeEndpoints.repoCreate, { params: { project: KEY }, body: { name: REPO } })
  const { host } = new URL(server.origin)
  return { server, browser, script, gitUrl: `http://ada:${token}@${host}/git/${KEY}/${REPO}.git` }
}
