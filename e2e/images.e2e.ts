// Images as their own clients handle them: from a push of sources to an image that runs.
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { imageEndpoints, pipelinesEndpoints } from '@madang/api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { has, hasDocker, makeImage, removeImages } from '../server/src/testing/docker.ts'
import { dockerClient } from './kit/docker.ts'
import { firstPerson, makeProject, type Person } from './kit/person.ts'
import { type ServerProcess, startServer } from './kit/server-process.ts'
import { until } from './kit/until.ts'
import { cloneUrl, WorkingCopy } from './kit/working-copy.ts'

const run = promisify(execFile)
const BASE = 'madang-e2e/base:1'

let server: ServerProcess
let person: Person
let host: string
let client: ReturnType<typeof dockerClient>
const copy = new WorkingCopy()

describe.skipIf(!hasDocker)('with a Docker Engine', () => {
  beforeAll(async () => {
    makeImage(BASE, ['sh', 'cat', 'echo'])
    server = await startServer()
    host = new URL(server.origin).host
    person = await firstPerson(server)
    await makeProject(person.client, ['shop'])
    client = dockerClient()
    await client.docker('login', '-u', 'minji', '-p', person.token, host)
  })
  afterAll(async () => {
    removeImages()
    client.remove()
    copy.remove()
    await server.stop()
    server.removeHome()
  })

  test('docker pushes, pulls by tag and by digest, and runs what it pulled', async () => {
    const name = `${host}/gb/tool:1`
    await client.docker('tag', BASE, name)
    const pushed = await client.docker('push', name)
    const digest = /digest: (sha256:[0-9a-f]{64})/.exec(pushed)![1]!
    expect(await client.docker('push', name)).toContain('Layer already exists')
    await client.docker('rmi', name)
    await client.docker('pull', name)
    await client.docker('pull', `${host}/gb/tool@${digest}`)
    expect(await client.docker('run', '--rm', name, 'echo', 'it runs')).toBe('it runs')
    const { items } = await person.client.call(imageEndpoints.imageTagList, {
      params: { project: 'GB', image: 'tool' },
    })
    expect(items).toMatchObject([{ tag: '1', digest }])
  })

  test('an image says which containers run from it', async () => {
    const name = `madang-e2e-${randomUUID()}`
    const params = { project: 'GB', image: 'tool', reference: '1' }
    const uses = async () =>
      (await person.client.call(imageEndpoints.imageUseList, { params })).items
    expect(await uses()).toEqual([])
    await client.docker('run', '-d', '-i', '--name', name, `${host}/gb/tool:1`, 'cat')
    expect(await uses()).toMatchObject([{ kind: 'container', name, isByTag: false }])
    await client.docker('rm', '-f', name)
    expect(await uses()).toEqual([])
  })

  test('without the right, docker is told so', async () => {
    const stranger = dockerClient()
    await expect(stranger.docker('pull', `${host}/gb/tool:1`)).rejects.toThrow(
      /unauthorized|authentication required/,
    )
    const login = stranger.docker('login', '-u', 'minji', '-p', 'wrong', host)
    await expect(login).rejects.toThrow(/unauthorized|401/i)
    stranger.remove()
  })

  test.skipIf(!has('podman'))('podman and skopeo take the same image', async () => {
    const credentials = ['--tls-verify=false', `--creds=minji:${person.token}`]
    const pull = ['pull', '--quiet', ...credentials, `${host}/gb/tool:1`]
    const { stdout: id } = await run('podman', pull)
    const push = ['push', '--quiet', ...credentials, id.trim(), `${host}/gb/tool:podman`]
    await run('podman', push)
    await run('podman', ['rmi', '-f', id.trim()])
    const inspect = ['inspect', ...credentials, `docker://${host}/gb/tool:podman`]
    const { stdout } = await run('skopeo', inspect)
    expect(JSON.parse(stdout)).toMatchObject({ Os: 'linux', RepoTags: ['1', 'podman'] })
  })

  test('a push of sources becomes an image that knows its run and its commit', async () => {
    await copy.clone(cloneUrl(server.origin, 'GB/shop', person.token))
    const write = (name: string, text: string) => writeFileSync(join(copy.folder, name), text)
    write('Dockerfile', `FROM ${BASE}\nCOPY greeting /greeting\nCMD ["cat", "/greeting"]\n`)
    write('greeting', '어서 오세요\n')
    write('Jenkinsfile', jenkinsfile)
    const commit = await copy.commit('The shop, as an image')
    await copy.git('push', '--quiet', 'origin', 'HEAD:main')
    const run = await finishedRun(commit)
    const params = { project: 'GB', run: run.id }
    const log = await (
      await fetch(`${server.origin}/runs/GB/${run.id}/log`, { headers: person.headers })
    ).text()
    expect(log).toContain('+ docker push')
    expect(log).not.toContain(person.token)
    const { result } = await person.client.call(pipelinesEndpoints.runGet, { params })
    expect([result, log]).toEqual(['SUCCESS', expect.stringContaining('Login Succeeded')])
    const image = await person.client.call(imageEndpoints.imageGet, {
      params: { project: 'GB', image: 'shop', reference: '1' },
    })
    expect(image).toMatchObject({ runId: run.id, tags: ['1', 'latest'] })
    await client.docker('rmi', '-f', `${host}/gb/shop:1`)
    expect(await client.docker('run', '--rm', `${host}/gb/shop:1`)).toContain('어서 오세요')
  })
})

const jenkinsfile = `pipeline {
  agent any
  stages {
    stage('Image') {
      steps {
        script {
          docker.withRegistry(env.MADANG_URL) {
            def image = docker.build("gb/shop:\${env.BUILD_NUMBER}")
            image.inside { sh 'cat /greeting' }
            image.push()
            image.push('latest')
          }
        }
      }
    }
  }
}
`

async function finishedRun(commit: string) {
  const params = { project: 'GB' }
  return until('the run ends', 120_000, async () => {
    const { items } = await person.client.call(pipelinesEndpoints.runList, { params })
    return items.find((one) => one.commit === commit && one.state === 'finished')
  })
}
