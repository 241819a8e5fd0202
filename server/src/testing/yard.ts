import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { identityEndpoints as api } from '@madang/api'
import { createIdentity, type Identity } from '../identity/index.ts'
import { type Config, configFor, createKernel, type Kernel } from '../kernel/index.ts'
import { browserHeaders, Client } from './client.ts'

/** A server on a free port with a data folder of its own. */
export interface Yard<Parts = object> {
  kernel: Kernel
  identity: Identity
  parts: Parts
  origin: string
  /** Nobody: calls without any credential. */
  nobody: Client
  /** Signs up the first administrator `ada` and gives her browser. */
  setUp(): Promise<Client>
  /** Stops the server; the data folder stays for `reopen`. */
  stop(): Promise<void>
  /** Stops it and removes the data. */
  close(): Promise<void>
  home: string
}

export const PASSWORD = 'correct horse battery'

type Build<Parts> = (given: { kernel: Kernel; identity: Identity }) => Promise<Parts>

/** Opens kernel and identity, then what `build` makes of them, and listens. */
export async function openYard<Parts = object>(
  given: { config?: Partial<Config>; home?: string; build?: Build<Parts> } = {},
): Promise<Yard<Parts>> {
  const home = given.home ?? mkdtempSync(join(tmpdir(), 'madang-test-'))
  const kernel = await createKernel(configFor({ ...given.config, home }))
  const identity = await createIdentity({ kernel })
  const parts = (await given.build?.({ kernel, identity })) ?? ({} as Parts)
  const origin = await kernel.http.listen()
  await kernel.start()
  const nobody = new Client(origin)
  return {
    kernel,
    identity,
    parts,
    origin,
    nobody,
    home,
    setUp: () => signUp(nobody, identity),
    stop: () => kernel.stop(),
    async close() {
      await kernel.stop()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

async function signUp(nobody: Client, identity: Identity): Promise<Client> {
  const link = await identity.welcomeLink(nobody.origin)
  const code = new URL(link!).searchParams.get('code')!
  const body = {
    code,
    name: 'ada',
    displayName: 'Ada',
    password: PASSWORD,
    language: 'en' as const,
  }
  return asBrowser(await nobody.send(api.setup, { body }), nobody.origin)
}

/** Somebody new with a password and a role in a project; gives their browser. */
export async function addPerson(
  administrator: Client,
  given: { name: string; project?: string; role?: 'viewer' | 'developer' | 'maintainer' },
): Promise<Client> {
  const { name, project, role } = given
  const { url } = await administrator.call(api.personCreate, {
    body: { name, displayName: name.toUpperCase() },
  })
  if (project && role) {
    await administrator.call(api.memberSet, { params: { project, name }, body: { role } })
  }
  const code = new URL(url).searchParams.get('code')!
  const nobody = new Client(administrator.origin)
  const body = { code, password: PASSWORD, language: 'ko' as const }
  return asBrowser(await nobody.send(api.invitationAccept, { body }), nobody.origin)
}

/** The browser that an answer signed in. */
export async function asBrowser(response: Response, origin: string): Promise<Client> {
  const me = (await response.json()) as { csrf?: string }
  if (!response.ok) throw new Error(`signing in failed: ${JSON.stringify(me)}`)
  return new Client(origin, browserHeaders(response, me.csrf!))
}
