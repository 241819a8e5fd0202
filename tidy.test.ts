// Reads the tree: what the house promises about its structure is held here. Lengths of files and
// functions and import cycles are held by the linter (.oxlintrc.json).
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { importsOf } from './scripts/tidy/imports.ts'

const root = import.meta.dirname
const WIDEST_LINE = 100

/** Left to right: a capability imports what stands to its left, never what stands to its right. */
const order = [
  'kernel',
  'identity',
  'thread',
  'registry',
  'cloud',
  'plan',
  'pages',
  'code',
  'pipelines',
  'releases',
  'monitor',
  'sample',
  'testing',
]
const bannedNames = /^(util|utils|helper|helpers|common|manager|misc)$|-v2$/

/** May call without the door of kernel/outgoing: nobody's text says where these go. */
const callsByItself: Record<string, string> = {
  'server/src/kernel/outgoing/request.ts': 'the door',
  'server/src/cloud/gateway/http1/read-into.ts': 'calls nobody: an accepted connection as a socket',
  'server/src/kernel/mail/mail.ts': 'the relay that the administrator set (smtpUrl)',
  'server/src/kernel/database/postgres.ts': 'the database that the administrator set (databaseUrl)',
  'server/src/pipelines/agents/worker/connection.ts': 'an agent calls the server it was told',
  'server/src/sample/context.ts': 'the sample calls this server',
  'server/src/sample/visit.ts': 'the sample visits the app it made in this cloud',
}
const callingImports = /\b(request|get|Agent|connect|Socket|createConnection|default)\b/

const sources = [
  'api/src',
  'server/src',
  'web/src',
  'cli/src',
  'testing-cloud/src',
  'testing-cloud/tests',
  'e2e',
  'bench',
  'scripts',
]
  .filter((folder) => existsSync(join(root, folder)))
  .flatMap((folder) => filesBelow(folder))
  .filter((file) => /\.(ts|tsx|mjs)$/.test(file) && !file.endsWith('.d.ts'))
const texts = new Map(sources.map((file) => [file, readFileSync(join(root, file), 'utf8')]))

describe('files', () => {
  test(`have lines of at most ${WIDEST_LINE} columns`, () => {
    // The formatter leaves long texts alone, and so does this: only code counts.
    const wide = [...texts].flatMap(([file, text]) =>
      text
        .split('\n')
        .map((line, index) => [`${file}:${index + 1}`, line] as const)
        .filter(([, line]) => line.length > WIDEST_LINE && !/['"`/*]/.test(line)),
    )
    expect(wide.map(([place]) => place)).toEqual([])
  })

  test('have names with a subject', () => {
    const names = sources.flatMap((file) =>
      file.split('/').map((part) => part.replace(/(\.test)?\.\w+$/, '')),
    )
    expect([...new Set(names.filter((name) => bannedNames.test(name)))]).toEqual([])
  })
})

describe('imports', () => {
  const graph = new Map(
    [...texts].map(([file, text]) => [
      file,
      importsOf(file, text)
        .filter((entry) => entry.path.startsWith('.'))
        .map((entry) => ({
          ...entry,
          target: relative(root, resolve(root, dirname(file), entry.path)),
        })),
    ]),
  )

  test('go left', () => {
    const wrong = eachServerImport((from, to, place) =>
      order.indexOf(to) > order.indexOf(from) ? place : undefined,
    )
    expect(wrong).toEqual([])
  })

  test('enter another capability only by its index.ts', () => {
    const wrong = eachServerImport((from, to, place, target) =>
      from !== to && target !== `server/src/${to}/index.ts` ? place : undefined,
    )
    expect(wrong).toEqual([])
  })

  test('name capabilities that are in the order', () => {
    const folders = readdirSync(join(root, 'server/src')).filter((name) =>
      statSync(join(root, 'server/src', name)).isDirectory(),
    )
    expect(folders.filter((name) => !order.includes(name))).toEqual([])
  })

  test('of one AWS service leave the others alone', () => {
    const wrong = [...graph].flatMap(([file, imports]) =>
      imports
        .filter(({ target }) => {
          const from = /services\/(\w+)\//.exec(file)?.[1]
          const to = /services\/(\w+)\//.exec(target)?.[1]
          return from && to && from !== to && !isTest(file)
        })
        .map(({ target }) => `${file} -> ${target}`),
    )
    expect(wrong).toEqual([])
  })

  test('of the contract need neither Node nor a browser', () => {
    const wrong = [...texts]
      .filter(([file]) => file.startsWith('api/src/') && !isTest(file))
      .filter(([, text]) => /from 'node:|\b(window|document|process)\./.test(text))
    expect(wrong.map(([file]) => file)).toEqual([])
  })

  function eachServerImport(
    judge: (from: string, to: string, place: string, target: string) => string | undefined,
  ): string[] {
    return [...graph].flatMap(([file, imports]) => {
      const from = capabilityOf(file)
      if (from === undefined || isTest(file)) return []
      return imports.flatMap(({ target }) => {
        const to = capabilityOf(target)
        const found = to === undefined ? undefined : judge(from, to, `${file} -> ${target}`, target)
        return found === undefined ? [] : [found]
      })
    })
  }
})

describe('calls to the outside', () => {
  test('go through kernel.outgoing', () => {
    const calling = [...texts]
      .filter(([file]) => file.startsWith('server/src/') && !isTest(file))
      .filter(([, text]) => callsOut(text))
      .map(([file]) => file)
    expect(calling.filter((file) => !(file in callsByItself))).toEqual([])
    expect(Object.keys(callsByItself).filter((file) => !calling.includes(file))).toEqual([])
  })
})

/** By `fetch` of its own, a socket, or a client of Node or a package. */
function callsOut(text: string): boolean {
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
  const ownFetch = /\b(function|const|let) fetch\b|\bfetch: \w|\bfetch: \(|\bfetch\(\w+: /.test(
    code,
  )
  const clients = /import\s+([^'"]*?)\s+from\s+'node:(?:http|https|http2|net|tls|dgram)'/g
  return (
    (!ownFetch && /(?<![\w.#])(globalThis\.)?fetch\(/.test(code.replace(/\basync fetch\(/g, ''))) ||
    /\bnew (WebSocket|EventSource)\(/.test(code) ||
    /from 'pg'|\('(pg|nodemailer|undici|axios)'\)|from '(undici|axios|got)'/.test(code) ||
    [...code.matchAll(clients)].some(
      ([, names = '']) =>
        !names.startsWith('type ') && callingImports.test(names.replace(/\btype \w+/g, '')),
    )
  )
}

describe('capabilities', () => {
  test('have a README of at most 60 lines and one door', () => {
    const lacking = order
      .filter((name) => existsSync(join(root, 'server/src', name)) && name !== 'testing')
      .filter((name) => {
        const readme = join(root, 'server/src', name, 'README.md')
        const door = join(root, 'server/src', name, 'index.ts')
        if (!existsSync(readme) || !existsSync(door)) return true
        return readFileSync(readme, 'utf8').split('\n').length > 61
      })
    expect(lacking).toEqual([])
  })
})

function capabilityOf(file: string): string | undefined {
  const match = /^server\/src\/(\w+)\//.exec(file)
  return match?.[1]
}

function isTest(file: string): boolean {
  return (
    /\.(test|e2e)\.tsx?$|\/(tests|testing)\/|\/testing(-[a-z-]+)?\.ts$/.test(file) ||
    file.startsWith('e2e/')
  )
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesBelow(path)
    return [path]
  })
}
