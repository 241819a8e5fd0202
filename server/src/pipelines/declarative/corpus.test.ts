import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseJenkinsfile } from './index.ts'

const folder = new URL('./fixtures/', import.meta.url)
const files = readdirSync(folder)

function read(name: string) {
  const file = files.find((each) => each.includes(name))!
  return parseJenkinsfile(readFileSync(new URL(file, folder), 'utf8'))
}

describe('realistic Jenkinsfiles', () => {
  it('are at least 25', () => expect(files.length).toBeGreaterThanOrEqual(25))

  it.each(files)('%s has no findings', (file) => {
    expect(parseJenkinsfile(readFileSync(new URL(file, folder), 'utf8')).findings).toEqual([])
  })
})

describe('the model', () => {
  it('keeps agents, options and post in the order written', () => {
    const file = read('maven')
    if (file.kind !== 'declarative') throw new Error('expected a Declarative Pipeline')
    const { pipeline } = file
    expect(pipeline.agent.type).toBe('any')
    expect(pipeline.options?.items.map((each) => each.name)).toEqual([
      'buildDiscarder',
      'timestamps',
      'timeout',
      'disableConcurrentBuilds',
    ])
    expect(pipeline.options?.items[2]?.named.get('time')?.constant).toBe(30)
    expect(pipeline.stages.map((stage) => stage.name)).toEqual(['Checkout', 'Build', 'Test'])
    expect(pipeline.post?.entries.map((entry) => entry.condition)).toEqual([
      'success',
      'failure',
      'cleanup',
    ])
    expect(pipeline.tools?.items.map((tool) => [tool.type, tool.version.constant])).toEqual([
      ['maven', 'Maven 3.9'],
      ['jdk', 'JDK 21'],
    ])
  })

  it('reads when trees, credentials and parallel stages', () => {
    const file = read('node-docker')
    if (file.kind !== 'declarative') throw new Error('expected a Declarative Pipeline')
    const { agent, environment, stages } = file.pipeline
    expect(agent.type).toBe('docker')
    expect(agent.options.get('image')?.constant).toBe('node:24-alpine')
    const token = environment?.entries.find((entry) => entry.name === 'NPM_TOKEN')
    expect(token?.credentials).toMatchObject({ kind: 'literal', raw: 'npm-token' })
    const [, checks, publish] = stages
    expect(checks?.failFast).toBe(true)
    expect(checks?.work).toMatchObject({
      kind: 'parallel',
      stages: [{ name: 'Lint' }, { name: 'Unit' }],
    })
    expect(publish?.when).toMatchObject({
      beforeAgent: true,
      conditions: [
        { name: 'allOf', children: [{ name: 'branch' }, { name: 'not' }, { name: 'environment' }] },
      ],
    })
  })

  it('reads matrix axes and excludes', () => {
    const file = read('matrix')
    if (file.kind !== 'declarative') throw new Error('expected a Declarative Pipeline')
    const work = file.pipeline.stages[0]?.work
    if (work?.kind !== 'matrix') throw new Error('expected a matrix')
    expect(work.matrix.axes.map(({ name, values }) => [name, values])).toEqual([
      ['PLATFORM', ['linux', 'windows', 'mac']],
      ['BROWSER', ['firefox', 'chrome', 'safari']],
    ])
    expect(work.matrix.excludes[1]?.[0]).toMatchObject({ name: 'PLATFORM', inverse: true })
  })

  it('tells scripted from Declarative and keeps what stands around the block', () => {
    expect(read('scripted-simple').kind).toBe('scripted')
    const file = read('helpers')
    if (file.kind !== 'declarative') throw new Error('expected a Declarative Pipeline')
    expect(file.before.map((stmt) => stmt.kind)).toEqual(['method', 'method'])
  })
})
