import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { bedOfFile, runFile } from './bed.ts'

// Each file of logs/ is a Jenkinsfile, further files after lines `--- name`, and after `>>> RESULT`
// the whole log as Jenkins writes it. Places, addresses, versions and commits are written as names.

const { bed, clone, home } = await bedOfFile()
const folder = new URL('./logs/', import.meta.url)
const names = readdirSync(folder)

interface Case {
  jenkinsfile: string
  files: Record<string, string>
  result: string
  log: string
}

function read(name: string): Case {
  const text = readFileSync(new URL(name, folder), 'utf8')
  const [sources = '', result = '', log = ''] = text.split(/^>>> (.*)\n/m)
  const [jenkinsfile = '', ...parts] = sources.split(/^--- (.*)\n/m)
  const files: Record<string, string> = {}
  for (let at = 0; at < parts.length; at += 2) files[parts[at]!] = parts[at + 1]!
  return { jenkinsfile, files, result, log }
}

const named = (log: string) =>
  log
    .split('\n')
    .slice(2)
    .join('\n')
    .replaceAll(`${home}/workspaces/GB/`, '/workspace/')
    .replaceAll(bed.origin, 'http://here')
    .replaceAll(/'git version .*'/g, "'git version'")
    .replaceAll(/\b[0-9a-f]{40}\b/g, '<commit>')

test.each(names)('%s', async (name) => {
  const { jenkinsfile, files, result, log } = read(name)
  const branch = name.replace('.txt', '')
  const outcome = await runFile(clone, bed.origin, jenkinsfile, files, branch)
  // Which of several branches speaks first is nobody's promise.
  const shown = (text: string) =>
    name.startsWith('parallel') ? text.split('\n').sort().join('\n') : text
  expect([outcome.run.result, shown(named(outcome.log))]).toEqual([result, shown(log)])
})
