// What of the Bitbucket API there is: every operation that its clients know is answered, or says by
// name that it is not here. The table is written with UPDATE_TABLES=1.
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bitbucketApi } from '../code/index.ts'
import { configFor } from '../kernel/index.ts'
import { type Madang, startMadang } from '../madang.ts'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { calledByPython } from './bitbucket-python.ts'

const TABLE = join(import.meta.dirname, '../../../docs/bitbucket-operations.md')

interface Operation {
  method: string
  path: string
  name: string
}

/** The routes that come with the npm package. */
function npmOperations(): Operation[] {
  const { Bitbucket } = createRequire(import.meta.url)('bitbucket') as {
    Bitbucket: new (options: object) => Record<string, Record<string, unknown>>
  }
  const found = new Map<string, Operation>()
  for (const [space, methods] of Object.entries(new Bitbucket({ notice: false }))) {
    if (typeof methods !== 'object' || methods === null) continue
    for (const [name, method] of Object.entries(methods)) {
      const { endpoint } = method as { endpoint?: { DEFAULTS: { method: string; url: string } } }
      if (!endpoint) continue
      const { method: verb, url } = endpoint.DEFAULTS
      const path = url.replace(/\{\?[^}]*\}/g, '')
      found.set(`${verb} ${shapeOf(path)}`, { method: verb, path, name: `${space}.${name}` })
    }
  }
  return [...found.values()]
}

/** Names of parameters differ between the clients and us. */
const shapeOf = (path: string) =>
  path
    .replace(/\{[^}]+\}-issues-\{[^}]+\}\.zip/, ':')
    .replace(/\{[^}]+\}/g, ':')
    .replace(/[:*]\w*/g, ':')
    .replace(/\/+$/, '')

let madang: Madang
let home: string
let known: Operation[]

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'madang-bitbucket-'))
  madang = await startMadang(configFor({ home, sample: false }))
  const python = calledByPython.map((line) => {
    const [method = '', path = ''] = line.split(' ')
    return { method, path, name: 'atlassian-python-api' }
  })
  const npm = npmOperations()
  const shapes = new Set(npm.map(({ method, path }) => `${method} ${shapeOf(path)}`))
  const more = python.filter(({ method, path }) => !shapes.has(`${method} ${shapeOf(path)}`))
  known = [...npm, ...more]
})
afterAll(async () => {
  await madang?.stop()
  if (home) rmSync(home, { recursive: true, force: true })
})

function builtShapes(): Set<string> {
  return new Set(
    madang.code.bitbucket.calls.map(({ method, path }) => `${method} ${shapeOf(path)}`),
  )
}

function absentShapes(): Map<string, string> {
  return new Map(
    bitbucketApi.absentOperations.flatMap(({ name, isUnknown, operations }) =>
      operations.map((operation) => {
        const [method = '', path = ''] = operation.split(' ')
        return [`${method} ${shapeOf(path)}`, isUnknown ? '404' : `501 ${name}`] as const
      }),
    ),
  )
}

it('answers or names every operation that its clients know', () => {
  const built = builtShapes()
  const absent = absentShapes()
  const shapes = known.map(({ method, path }) => `${method} ${shapeOf(path)}`)
  expect(shapes.filter((shape) => !built.has(shape) && !absent.has(shape))).toEqual([])
  expect([...absent.keys()].filter((shape) => built.has(shape))).toEqual([])
})

it('says so in the table', () => {
  const built = builtShapes()
  const absent = absentShapes()
  const rows = known
    .map(({ method, path, name }) => {
      const shape = `${method} ${shapeOf(path)}`
      const state = built.has(shape) ? 'built' : (absent.get(shape) ?? '')
      return `| ${method} | \`${path}\` | ${name} | ${state} |`
    })
    .sort((a, b) => (a.split('|')[2]! < b.split('|')[2]! ? -1 : 1))
  const count = rows.filter((row) => row.endsWith('| built |')).length
  const text = `# The Bitbucket Cloud API 2.0, operation by operation

Operations that npm \`bitbucket\` and atlassian-python-api call: ${count} of ${rows.length} are built. The others answer
501 with the name of what is missing, or 404 where the repository has no such thing. Written by
\`server/src/testing/bitbucket-operations.test.ts\`.

| method | path | client's name | state |
|---|---|---|---|
${rows.join('\n')}
`
  if (process.env['UPDATE_TABLES']) writeFileSync(TABLE, text)
  expect(readFileSync(TABLE, 'utf8')).toBe(text)
})
