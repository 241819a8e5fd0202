// Who may what at /jenkins, read from its own tables, so that nothing new is left out.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildTable } from '../table-build.ts'
import { containerTable, jobTable } from '../table-items.ts'
import { rootTable } from '../table-root.ts'
import { basic, pipelineXml, type Server, startServer, until } from './server.ts'

let server: Server
let viewer: Record<string, string>
let outsider: Record<string, string>

beforeAll(async () => {
  server = await startServer()
  viewer = basic('viewer', await server.tokenOf('viewer', 'viewer'))
  outsider = basic('outsider', await server.tokenOf('outsider'))
  const ada = basic('ada', server.token)
  const xml = { ...ada, 'content-type': 'text/xml' }
  const make = `${server.jenkins}job/GB/createItem?name=job`
  await fetch(make, { method: 'POST', headers: xml, body: pipelineXml('echo 1') })
  await fetch(`${server.jenkins}job/GB/job/job/build`, { method: 'POST', headers: ada })
  await until('the build', async () => {
    const reply = await fetch(`${server.jenkins}job/GB/job/job/1/api/json`, { headers: ada })
    return reply.ok && ((await reply.json()) as { result: unknown }).result !== null
  })
})

afterAll(() => server?.close())

interface Path {
  method: string
  path: string
  needs: string
}

/** Every path there is, on things of the project GB and at the top. */
function paths(): Path[] {
  const filled = (path: string) => path.replace(/:\w+/g, 'x').replace('*', 'x')
  const of = (prefix: string, table: { things: unknown[]; actions: unknown[] }) => [
    ...(table.things as { path: string; needs: string }[]).map(({ path, needs }) => ({
      method: 'GET',
      path: `${prefix}${filled(path)}/api/json`.replace(/\/\//g, '/'),
      needs,
    })),
    ...(table.actions as Path[]).map(({ method, path, needs }) => ({
      method: method === 'any' ? 'POST' : method,
      path: prefix + filled(path),
      needs,
    })),
  ]
  return [
    ...of('', rootTable),
    ...of('job/GB/', containerTable),
    ...of('job/GB/job/job/', jobTable),
    ...of('job/GB/job/job/1/', buildTable),
  ]
}

async function statusOf({ method, path }: Path, headers: Record<string, string>) {
  const options = { method, headers, redirect: 'manual' as const }
  const reply = await fetch(server.jenkins + path, options)
  await reply.arrayBuffer()
  return reply.status
}

describe('every path of /jenkins', () => {
  test('answers 403 to nobody', async () => {
    expect(paths().length).toBeGreaterThan(70)
    const wrong: string[] = []
    for (const path of paths()) {
      const status = await statusOf(path, {})
      if (status !== 403) wrong.push(`${path.method} ${path.path} ${status}`)
    }
    expect(wrong).toEqual([])
  })

  test('of a project is not there for somebody without a role in it', async () => {
    const wrong: string[] = []
    for (const path of paths().filter((one) => one.path.startsWith('job/GB'))) {
      const status = await statusOf(path, outsider)
      if (status !== 404) wrong.push(`${path.method} ${path.path} ${status}`)
    }
    expect(wrong).toEqual([])
  })

  test('that needs more than seeing it refuses a viewer', async () => {
    const wrong: string[] = []
    const needsMore = ({ path, needs }: Path) =>
      needs === 'administrator' ||
      (path.startsWith('job/GB') && ['developer', 'maintainer'].includes(needs))
    expect(paths().filter(needsMore).length).toBeGreaterThan(30)
    for (const path of paths().filter(needsMore)) {
      const status = await statusOf(path, viewer)
      if (status !== 403) wrong.push(`${path.method} ${path.path} ${status}`)
    }
    expect(wrong).toEqual([])
  })

  test('refuses a wrong password with 401, and a password without a crumb with 403', async () => {
    const wrong = await fetch(`${server.jenkins}api/json`, { headers: basic('ada', 'guess') })
    expect(wrong.status).toBe(401)
    expect(wrong.headers.get('www-authenticate')).toBe('Basic realm="Jenkins"')
    const headers = basic('ada', server.password)
    const build = `${server.jenkins}job/GB/job/job/build`
    const bare = await fetch(build, { method: 'POST', headers })
    expect(bare.status).toBe(403)
    expect(bare.headers.get('x-error')).toBe('No valid crumb was included in the request')
    const issued = await fetch(`${server.jenkins}crumbIssuer/api/json`, { headers })
    const { crumb } = (await issued.json()) as { crumb: string }
    const cookie = issued.headers.get('set-cookie')!.split(';')[0]!
    const own = { ...headers, 'jenkins-crumb': crumb }
    expect((await fetch(build, { method: 'POST', headers: own })).status).toBe(403)
    const whole = { ...own, cookie }
    expect((await fetch(build, { method: 'POST', headers: whole })).status).toBe(201)
    expect((await fetch(build, { headers: whole })).status).toBe(405)
  })
})
