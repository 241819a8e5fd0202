// The npm client `jenkins`, as people use it: with a password it fetches crumbs, and follows a live log.
import { once } from 'node:events'
import Jenkins from 'jenkins'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pipelineXml, type Server, startServer, textParameter, until } from './server.ts'

let server: Server
let jenkins: Jenkins

beforeAll(async () => {
  server = await startServer()
  const url = new URL(server.jenkins)
  url.username = 'ada'
  url.password = encodeURIComponent(server.password)
  jenkins = new Jenkins({ baseUrl: url.href.replace(/\/$/, '') })
})

afterAll(() => server?.close())

async function built(name: string, item: number): Promise<Record<string, unknown>> {
  const { number } = await until(
    'the build',
    async () => (await jenkins.queue.item(item)).executable,
  )
  return until('its end', async () => {
    const build = await jenkins.build.get(name, number)
    return build.result && build
  })
}

const GREETING = pipelineXml(
  `pipeline { agent any
    stages { stage('Greet') { steps {
      echo "Hello \${params.WHO}"
      writeFile file: 'out/a.txt', text: 'made'
      archiveArtifacts 'out/*'
      writeFile file: 'r.xml', text: '<testsuite name="s"><testcase classname="C" name="one"/><testcase classname="C" name="two"><failure message="no">at C</failure></testcase></testsuite>'
      junit 'r.xml'
    } } }
  }`,
  textParameter('WHO', 'world'),
)

describe('npm jenkins', () => {
  test('info says whose server it is', async () => {
    const info = await jenkins.info()
    expect(info._class).toBe('hudson.model.Hudson')
    expect(info.jobs).toContainEqual({
      _class: 'com.cloudbees.hudson.plugins.folder.Folder',
      name: 'GB',
      url: `${server.jenkins}job/GB/`,
    })
    expect(await jenkins.crumbIssuer.get()).toMatchObject({ crumbRequestField: 'Jenkins-Crumb' })
  })

  test('a job is made, read, built with parameters, and its log read', async () => {
    expect(await jenkins.job.exists('greet')).toBe(false)
    await jenkins.job.create('greet', GREETING)
    expect(await jenkins.job.exists('greet')).toBe(true)
    expect(await jenkins.job.config('greet')).toBe(GREETING)
    await expect(jenkins.job.create('greet', GREETING)).rejects.toThrow(/already exists/)
    const item = await jenkins.job.build({ name: 'greet', parameters: { WHO: 'kim' } })
    const build = await built('greet', item)
    expect(build).toMatchObject({ number: 1, result: 'UNSTABLE', building: false, queueId: item })
    expect(build['artifacts']).toEqual([
      { displayPath: 'a.txt', fileName: 'a.txt', relativePath: 'out/a.txt' },
    ])
    const log = await jenkins.build.log('greet', 1)
    expect(log).toMatch(/^Started by user .*\n[^]*Hello kim\n[^]*Finished: UNSTABLE\n$/)
    const job = await jenkins.job.get('greet')
    expect(job).toMatchObject({
      color: 'yellow',
      nextBuildNumber: 2,
      lastUnstableBuild: { number: 1 },
    })
    expect(await jenkins.job.list()).toContainEqual({
      _class: 'org.jenkinsci.plugins.workflow.job.WorkflowJob',
      name: 'greet',
      url: `${server.jenkins}job/greet/`,
      color: 'yellow',
    })
  })

  test('copy, disable, enable, change, delete', async () => {
    await jenkins.job.copy('greet', 'greet again')
    expect(await jenkins.job.config('greet again')).toBe(GREETING)
    await jenkins.job.disable('greet again')
    expect(await jenkins.job.get('greet again')).toMatchObject({
      color: 'disabled',
      buildable: false,
    })
    await expect(
      jenkins.job.build({ name: 'greet again', parameters: { WHO: 'x' } }),
    ).rejects.toThrow(/not buildable/)
    await jenkins.job.enable('greet again')
    await jenkins.job.config('greet again', pipelineXml('echo "changed"'))
    const build = await built('greet again', await jenkins.job.build('greet again'))
    expect(build['result']).toBe('SUCCESS')
    await jenkins.job.destroy('greet again')
    expect(await jenkins.job.exists('greet again')).toBe(false)
    await expect(jenkins.job.get('nothing')).rejects.toThrow('nothing not found')
  })

  test('the log of a running build is followed, and the build stopped', async () => {
    await jenkins.job.create('slow', pipelineXml('node { echo "begun"; sleep 600 }'))
    const item = await jenkins.job.build('slow')
    await until('the build', async () => (await jenkins.queue.item(item)).executable)
    const stream = jenkins.build.logStream({ name: 'slow', number: 1, delay: 20 })
    let text = ''
    stream.on('data', (piece: string) => {
      text += piece
      if (text.includes('begun') && !text.includes('Aborted')) {
        jenkins.build.stop('slow', 1).catch((error: unknown) => stream.emit('error', error))
      }
    })
    await once(stream, 'end')
    expect(text).toMatch(/begun\n[^]*Finished: ABORTED\n$/)
  })

  test('the queue holds what waits, and lets go of it', async () => {
    const item = await jenkins.job.build({ name: 'slow', delay: '600sec' })
    expect(await jenkins.queue.list()).toMatchObject([
      { id: item, task: { name: 'slow' }, why: expect.stringContaining('quiet period') },
    ])
    await jenkins.queue.cancel(item)
    expect(await jenkins.queue.item(item)).toMatchObject({ cancelled: true, executable: null })
    expect(await jenkins.queue.list()).toEqual([])
  })

  test('nodes, labels, plugins', async () => {
    expect(await jenkins.node.list()).toMatchObject([{ displayName: 'Built-In Node' }])
    expect(await jenkins.node.get('master')).toMatchObject({ offline: false, numExecutors: 4 })
    expect(await jenkins.node.exists('other')).toBe(false)
    expect(await jenkins.label.get('built-in')).toMatchObject({ name: 'built-in', offline: false })
    const plugins = await jenkins.plugin.list()
    expect(plugins.map(({ shortName }) => shortName)).toContain('workflow-cps')
    await expect(jenkins.node.create('agent')).rejects.toThrow()
  })

  test('views are made, filled, changed, and removed', async () => {
    await jenkins.view.create('mine')
    await jenkins.view.add('mine', 'greet')
    expect(await jenkins.view.get('mine')).toMatchObject({ jobs: [{ name: 'greet' }] })
    await jenkins.view.remove('mine', 'greet')
    expect(await jenkins.view.get('mine')).toMatchObject({ jobs: [] })
    const config: string = await jenkins.view.config('mine')
    await jenkins.view.config(
      'mine',
      config.replace('<columns/>', '<includeRegex>gr.*</includeRegex>'),
    )
    expect(await jenkins.view.get('mine')).toMatchObject({ jobs: [{ name: 'greet' }] })
    expect((await jenkins.view.list()).map(({ name }) => name)).toEqual(['all', 'mine'])
    await jenkins.view.destroy('mine')
    expect(await jenkins.view.exists('mine')).toBe(false)
  })

  test('folders hold jobs', async () => {
    const folder = '<com.cloudbees.hudson.plugins.folder.Folder/>'
    await jenkins.job.create('GB/team', folder)
    await jenkins.job.create('GB/team/nightly', pipelineXml('echo "job ${env.JOB_NAME}"'))
    const build = await built('GB/team/nightly', await jenkins.job.build('GB/team/nightly'))
    expect(build).toMatchObject({ result: 'SUCCESS', fullDisplayName: 'GB » team » nightly #1' })
    expect(await jenkins.build.log('GB/team/nightly', 1)).toContain('job team/nightly')
    await jenkins.job.destroy('GB/team')
    expect(await jenkins.job.exists('GB/team/nightly')).toBe(false)
  })
})
