import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { bedOfFile, finished, runFor } from './bed.ts'

// Each file of tables/ holds many small Jenkinsfiles. `=== name > RESULT` begins one; further files of
// the commit come after lines `--- path`; after `>>>` the lines that its log has, in this order, and
// with `!` in front those it must not have. A line is met by one that contains it.

interface Case {
  name: string
  result: string
  jenkinsfile: string
  files: Record<string, string>
  lines: string[]
  absent: string[]
}

function read(url: URL): Case[] {
  const [, ...parts] = readFileSync(url, 'utf8').split(/^=== (.+) > (\w+)\n/m)
  const cases: Case[] = []
  for (let at = 0; at < parts.length; at += 3) {
    const [sources = '', wanted = ''] = parts[at + 2]!.split(/^>>>\n/m)
    const [jenkinsfile = '', ...more] = sources.split(/^--- (.*)\n/m)
    const files: Record<string, string> = {}
    for (let each = 0; each < more.length; each += 2) files[more[each]!] = more[each + 1]!
    const lines = wanted.split('\n').filter((line) => line !== '')
    cases.push({
      name: parts[at]!,
      result: parts[at + 1]!,
      jenkinsfile,
      files,
      lines: lines.filter((line) => !line.startsWith('!')),
      absent: lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1)),
    })
  }
  return cases
}

const folder = new URL('./tables/', import.meta.url)
const { bed, clone } = await bedOfFile()
let runs = 0
/** The clone is one folder: pushes come one after another, their runs side by side. */
let pushes: Promise<unknown> = Promise.resolve()

/** The first wanted line that doesn't follow on those before it. */
function firstMissing(log: string, lines: string[]): string | undefined {
  let from = 0
  const all = log.split('\n')
  for (const line of lines) {
    const at = all.findIndex((each, index) => index >= from && each.includes(line))
    if (at < 0) return line
    from = at + 1
  }
  return undefined
}

async function runCase({ jenkinsfile, files }: Case) {
  runs += 1
  const branch = `table-${runs}`
  const pushed = pushes.then(() => clone.push(branch, { Jenkinsfile: jenkinsfile, ...files }))
  pushes = pushed.catch(() => undefined)
  return finished(bed.origin, (await runFor(bed.origin, await pushed)).id)
}

describe.concurrent.each(readdirSync(folder))('%s', (file) => {
  test.each(read(new URL(file, folder)))('$name', async (given) => {
    const { run, log } = await runCase(given)
    const missing = firstMissing(log, given.lines)
    const present = given.absent.filter((line) => log.includes(line))
    expect({ result: run.result, missing, present, log }).toEqual({
      result: given.result,
      missing: undefined,
      present: [],
      log,
    })
  })
})
