import { createHash } from 'node:crypto'
import { describeErrors, parseJenkinsfile } from '../declarative/index.ts'
import { abortException, type Call, type Step } from '../engine/index.ts'
import { GroovyMap, type Value } from '../groovy/index.ts'
import { filesOf, placeOf } from './machine.ts'
import { givenText, putText, textOf } from './text-files.ts'

export const touch: Step = {
  kind: 'leaf',
  positional: ['file'],
  needsNode: true,
  async run(call) {
    const { args, session } = call
    const path = await placeOf(call, args.text('file'))
    await filesOf(call).touch(path, args.number('timestamp', session.nowMs()))
    return null
  },
}

/** Of a file's bytes, as hexadecimal digits; undefined when there is no such file. */
async function digestOf(call: Call, algorithm: string): Promise<string | undefined> {
  const path = await placeOf(call, call.args.text('file'))
  if (!(await filesOf(call).stat(path))) return undefined
  const hash = createHash(algorithm)
  for await (const piece of filesOf(call).read(path)) hash.update(piece)
  return hash.digest('hex')
}

function digest(algorithm: string): Step {
  return {
    kind: 'leaf',
    positional: ['file'],
    needsNode: true,
    run: async (call) => (await digestOf(call, algorithm)) ?? null,
  }
}

export const sha1 = digest('sha1')
export const sha256 = digest('sha256')

function verify(algorithm: string, shown: string): Step {
  return {
    kind: 'leaf',
    needsNode: true,
    async run(call) {
      const [file, wanted] = [call.args.text('file'), call.args.text('hash')]
      const found = await digestOf(call, algorithm)
      if (found === undefined) throw abortException(`File not found: ${file}`)
      if (found === wanted.toLowerCase()) return null
      throw abortException(`${shown} hash mismatch: expected='${wanted}', actual='${found}'`)
    },
  }
}

export const verifySha1 = verify('sha1', 'SHA1')
export const verifySha256 = verify('sha256', 'SHA256')

export const prependToFile: Step = {
  kind: 'leaf',
  needsNode: true,
  async run(call) {
    const name = call.args.text('file')
    const isThere = await filesOf(call).stat(await placeOf(call, name))
    const before = isThere ? await textOf(call, name) : ''
    return putText(call, name, call.args.text('content') + before)
  },
}

/** `main`: the attributes of the whole; `entries`: those of each named section. */
export const readManifest: Step = {
  kind: 'leaf',
  needsNode: true,
  async run(call) {
    const sections = (await givenText(call))
      .replace(/\r\n?/g, '\n')
      .replace(/\n /g, '')
      .split(/\n{2,}/)
    const read = (section: string) =>
      new GroovyMap(
        section
          .split('\n')
          .filter((line) => line.includes(':'))
          .map((line): [string, string] => {
            const at = line.indexOf(':')
            return [line.slice(0, at), line.slice(at + 1).trim()]
          }),
      )
    const [main = '', ...others] = sections
    const entries = new GroovyMap()
    for (const section of others.map(read)) {
      const name = section.get('Name')
      section.delete('Name')
      if (name !== undefined) entries.set(name, section)
    }
    return new GroovyMap([
      ['main', read(main)],
      ['entries', entries],
    ])
  },
}

export const writeCSV: Step = {
  kind: 'leaf',
  needsNode: true,
  async run(call) {
    const rows = call.args.value('records')
    const cell = (value: Value) => {
      const text = value === null ? '' : String(value)
      return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
    }
    const lines = (Array.isArray(rows) ? rows : []).map((row) =>
      (Array.isArray(row) ? row : [row]).map(cell).join(','),
    )
    return putText(call, call.args.text('file'), lines.map((line) => `${line}\r\n`).join(''))
  },
}

/** Lists of lists of texts, by commas; a field in quotes may hold commas, quotes and lines. */
export const readCSV: Step = {
  kind: 'leaf',
  positional: ['file'],
  needsNode: true,
  run: async (call) => rowsOf(await givenText(call)),
}

function rowsOf(text: string): Value[] {
  const rows: Value[][] = []
  let row: Value[] = []
  for (const match of text.matchAll(/("(?:[^"]|"")*"|[^,\r\n]*)(,|\r?\n|$)/g)) {
    const [whole, field = '', end = ''] = match
    if (whole === '' && row.length === 0) break
    row.push(field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field)
    if (end === ',') continue
    rows.push(row)
    row = []
    if (end === '') break
  }
  return rows
}

/** -1, 0 or 1: `compareVersions v1: '1.2', v2: '1.10'`. */
export const compareVersions: Step = {
  kind: 'own',
  async run({ args }) {
    const parts = (name: string) => args.text(name).split(/[.-]/)
    const [a, b] = [parts('v1'), parts('v2')]
    for (let at = 0; at < Math.max(a.length, b.length); at++) {
      const order = comparePart(a[at] ?? '0', b[at] ?? '0')
      if (order !== 0) return order
    }
    return 0
  },
}

function comparePart(a: string, b: string): number {
  const areNumbers = /^\d+$/.test(a) && /^\d+$/.test(b)
  return areNumbers ? Math.sign(Number(a) - Number(b)) : Math.sign(a.localeCompare(b))
}

/** Whether a file of the workspace is a valid Declarative Pipeline; what is wrong goes to the log. */
export const validateDeclarativePipeline: Step = {
  kind: 'leaf',
  positional: ['path'],
  needsNode: true,
  async run(call) {
    const source = await textOf(call, call.args.text('path'))
    const { findings } = parseJenkinsfile(source)
    if (findings.length === 0) return true
    call.say(describeErrors(findings, source).trimEnd())
    return false
  },
}
