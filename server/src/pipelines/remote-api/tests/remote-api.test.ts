// What scripts with curl rely on: trees, formats, branches, the linter, stages, crumbs, refusals.
import { codeEndpoints } from '@madang/api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { unzipSync, zipSync } from 'fflate'
import { basic, pipelineXml, type Server, startServer, textParameter, until } from './server.ts'

let server: Server
let headers: Record<string, string>

beforeAll(async () => {
  server = await startServer()
  headers = basic('ada', server.token)
})

afterAll(() => server?.close())

const url = (path: string) => server.jenkins + path

async function get(path: string): Promise<Record<string, unknown>> {
  const reply = await fetch(url(path), { headers })
  expect([path, reply.status]).toEqual([path, 200])
  return (await reply.json()) as Record<string, unknown>
}

async function textOf(path: string): Promise<string> {
  return (await fetch(url(path), { headers })).text()
}

function post(
  path: string,
  body: NonNullable<RequestInit['body']> = '',
  type?: string,
): Promise<Response> {
  const given = type ? { ...headers, 'content-type': type } : headers
  return fetch(url(path), { method: 'POST', headers: given, body, redirect: 'manual' })
}

const create = (path: string, xml: string) => post(path, xml, 'text/xml')

async function ended(path: string): Promise<Record<string, unknown>> {
  return until(`the end of ${path}`, async () => {
    const reply = await fetch(url(`${path}/api/json`), { headers })
    const build = (await reply.json().catch(() => ({}))) as Record<string, unknown>
    return build['result'] ? build : undefined
  })
}

const STAGES = `pipeline { agent any
  stages {
    stage('One') { steps { echo 'first' } }
    stage('Ask') { steps { input id: 'Go', message: 'Go on?' } }
  }
}`

describe('the Remote API', () => {
  test('a branch is a job of its repository, with its own tree of facts', async () => {
    const { code } = server.yard.parts
    const actor = {
      kind: 'system' as const,
      id: 'system',
      name: 'Madang',
      isAdministrator: true,
      scopes: ['read', 'write'] as ('read' | 'write')[],
    }
    const files = [
      { path: 'Jenkinsfile', content: Buffer.from("node { checkout scm; echo 'ok' }") },
    ]
    const change = { project: 'GB', repo: 'guestbook', message: 'Begin' }
    const commit = await code.commitCreate(actor, { ...change, branch: 'feature/x', files })
    const job = 'job/GB/job/guestbook/job/feature%252Fx'
    const build = await ended(`${job}/1`)
    expect(build).toMatchObject({
      result: 'SUCCESS',
      fullDisplayName: 'GB » guestbook » feature/x #1',
    })
    const tree = await get(
      'api/json?tree=jobs[name,jobs[name,jobs[name,color,lastBuild[number,actions[lastBuiltRevision[SHA1]]]]]]',
    )
    expect(JSON.stringify(tree)).toContain(commit.sha)
    expect(tree['jobs']).toMatchObject([
      { name: 'GB', jobs: [{ name: 'guestbook', jobs: [{ name: 'feature%2Fx', color: 'blue' }] }] },
    ])
    expect(await textOf(`${job}/config.xml`)).toContain('<name>feature/x</name>')
    expect((await post(`${job}/doDelete`)).status).toBe(400)
    const params = { project: 'GB', repo: 'guestbook' }
    await server.ada.call(codeEndpoints.repoUpdate, { params, body: { name: 'visitors' } })
    const renamed = await get('job/GB/job/visitors/job/feature%252Fx/api/json?tree=builds[number]')
    expect(renamed['builds']).toMatchObject([{ number: 1 }])
    await server.ada.call(codeEndpoints.repoUpdate, { params, body: { name: 'guestbook' } })
  })

  test('tree takes ranges, depth opens what is mentioned, pretty breaks lines', async () => {
    expect((await create('createItem?name=many', pipelineXml('echo "1"'))).status).toBe(200)
    for (const number of [1, 2, 3]) {
      expect((await post('job/many/build')).status).toBe(201)
      await ended(`job/many/${number}`)
    }
    const numbers = async (range: string) =>
      (await get(`job/many/api/json?tree=builds[number]${range}`))['builds']
    expect(await numbers('{0,2}')).toMatchObject([{ number: 3 }, { number: 2 }])
    expect(await numbers('{1}')).toMatchObject([{ number: 2 }])
    expect(await numbers('{2,}')).toMatchObject([{ number: 1 }])
    const flat = await get('job/many/api/json')
    expect(Object.keys((flat['lastBuild'] ?? {}) as object)).toEqual(['_class', 'number', 'url'])
    expect(flat['allBuilds']).toBeUndefined()
    const deep = await get('job/many/api/json?depth=1')
    expect(deep['lastBuild']).toMatchObject({ result: 'SUCCESS', fullDisplayName: 'many #3' })
    expect(await textOf('job/many/api/json?tree=name&pretty=true')).toContain('{\n')
    expect((await fetch(url('api/json?tree=jobs[name'), { headers })).status).toBe(400)
    expect((await fetch(url('job/many/lastSuccessfulBuild/buildNumber'), { headers })).status).toBe(
      200,
    )
    expect(await textOf('job/many/lastSuccessfulBuild/buildNumber')).toBe('3')
  })

  test('XML, XPath and Python', async () => {
    const xml = await textOf('job/many/api/xml')
    expect(xml).toMatch(
      /^<workflowJob _class='org\.jenkinsci\.plugins\.workflow\.job\.WorkflowJob'>/,
    )
    expect(xml).toContain('<build _class=')
    expect(await textOf('job/many/api/xml?xpath=/workflowJob/color')).toBe('<color>blue</color>')
    expect(await textOf('job/many/api/xml?xpath=//lastBuild/number/text()')).toBe('3')
    const crumb = 'crumbIssuer/api/xml?xpath=concat(//crumbRequestField,":",//crumb)'
    expect(await textOf(crumb)).toMatch(/^Jenkins-Crumb:[0-9a-f]{64}$/)
    expect((await fetch(url('job/many/api/xml?xpath=//nothing'), { headers })).status).toBe(404)
    expect((await fetch(url('job/many/api/xml?xpath=//build'), { headers })).status).toBe(500)
    expect(await textOf('job/many/api/python?tree=buildable')).toContain('"buildable":True')
  })

  test('parameters: refused and taken as Jenkins does', async () => {
    await create('createItem?name=asks', pipelineXml('echo params.WHO', textParameter('WHO', 'me')))
    const bare = await post('job/asks/build')
    expect([bare.status, bare.headers.get('x-error')]).toEqual([400, 'Nothing is submitted'])
    expect((await post('job/many/buildWithParameters')).status).toBe(500)
    const form = new URLSearchParams({ json: '{"parameter":[{"name":"WHO","value":"json"}]}' })
    expect((await post('job/asks/build', form)).status).toBe(201)
    await ended('job/asks/1')
    expect(await textOf('job/asks/1/consoleText')).toContain('\njson\n')
    const started = await post('job/asks/buildWithParameters?WHO=query&other=ignored')
    expect(started.headers.get('location')).toMatch(/\/jenkins\/queue\/item\/\d+\/$/)
    await ended('job/asks/2')
    expect(await textOf('job/asks/2/consoleText')).toContain('\nquery\n')
  })

  test('stages, input, progressive log and replay', async () => {
    await create('createItem?name=stages', pipelineXml(STAGES))
    await post('job/stages/build')
    const build = await until('the input', async () => {
      const reply = await fetch(url('job/stages/1/wfapi/describe'), { headers })
      const found = (await reply.json().catch(() => ({}))) as { status?: string; stages?: object[] }
      return found.status === 'PAUSED_PENDING_INPUT' && found
    })
    expect(build.stages).toMatchObject([{ name: 'One', status: 'SUCCESS' }, { name: 'Ask' }])
    expect(await get('job/stages/1/wfapi/pendingInputActions')).toMatchObject([
      { id: 'Go', message: 'Go on?' },
    ])
    const part = await fetch(url('job/stages/1/logText/progressiveText?start=0'), { headers })
    expect(part.headers.get('x-more-data')).toBe('true')
    const text = await part.text()
    expect(Number(part.headers.get('x-text-size'))).toBe(Buffer.byteLength(text))
    expect((await post('job/stages/1/input/Go/proceedEmpty')).status).toBe(200)
    expect(await ended('job/stages/1')).toMatchObject({ result: 'SUCCESS' })
    const size = part.headers.get('x-text-size')
    const rest = await fetch(url(`job/stages/1/logText/progressiveText?start=${size}`), { headers })
    expect(rest.headers.get('x-more-data')).toBeNull()
    expect(text + (await rest.text())).toBe(await textOf('job/stages/1/consoleText'))
    const form = new URLSearchParams({ mainScript: "echo 'edited'" })
    expect((await post('job/stages/1/replay/run', form)).status).toBe(302)
    await ended('job/stages/2')
    expect(await textOf('job/stages/2/consoleText')).toContain('edited')
  })

  test('the linter answers in Jenkins’ words', async () => {
    const lint = async (jenkinsfile: string) => {
      const form = new FormData()
      form.set('jenkinsfile', jenkinsfile)
      return (await post('pipeline-model-converter/validate', form)).text()
    }
    expect(await lint(STAGES)).toBe('Jenkinsfile successfully validated.\n')
    expect(await lint('pipeline { agent any }')).toMatch(
      /^Errors encountered validating Jenkinsfile:\nWorkflowScript: 1: Missing required section "stages"/,
    )
    expect(await lint('node {}')).toContain("did not contain the 'pipeline' step")
  })

  test('a freestyle job runs its shell steps, or is refused by the name of what is missing', async () => {
    const project = (inside: string) =>
      `<project><description/>${inside}<publishers/><buildWrappers/></project>`
    const shell =
      "<builders><hudson.tasks.Shell><command>echo one\necho 'two'</command></hudson.tasks.Shell></builders>"
    expect((await create('createItem?name=free', project(shell))).status).toBe(200)
    await post('job/free/build')
    expect(await ended('job/free/1')).toMatchObject({
      _class: 'hudson.model.FreeStyleBuild',
      result: 'SUCCESS',
    })
    expect(await textOf('job/free/1/consoleText')).toContain('+ echo two\ntwo\n')
    const ant = project('<builders><hudson.tasks.Ant/></builders>')
    const refused = await create('createItem?name=ant', ant)
    expect([refused.status, refused.headers.get('x-error')]).toEqual([
      400,
      'This server has no build step hudson.tasks.Ant',
    ])
  })

  test('a script from SCM is read at its path, and what is missing fails the build', async () => {
    const scm = (path: string) =>
      pipelineXml('').replace(
        /<definition[^]*<\/definition>/,
        `<definition class="org.jenkinsci.plugins.workflow.cps.CpsScmFlowDefinition"><scm class="hudson.plugins.git.GitSCM"><userRemoteConfigs><hudson.plugins.git.UserRemoteConfig><url>https://git.example.com/team/guestbook.git</url></hudson.plugins.git.UserRemoteConfig></userRemoteConfigs><branches><hudson.plugins.git.BranchSpec><name>*/feature/x</name></hudson.plugins.git.BranchSpec></branches></scm><scriptPath>${path}</scriptPath></definition>`,
      )
    expect((await create('job/GB/createItem?name=scm', scm('Jenkinsfile'))).status).toBe(200)
    await post('job/GB/job/scm/build')
    expect(await ended('job/GB/job/scm/1')).toMatchObject({ result: 'SUCCESS' })
    expect(await textOf('job/GB/job/scm/1/consoleText')).toContain('Obtained Jenkinsfile from ')
    expect((await create('job/GB/job/scm/config.xml', scm('no/such'))).status).toBe(200)
    await post('job/GB/job/scm/build')
    expect(await ended('job/GB/job/scm/2')).toMatchObject({ result: 'FAILURE' })
    expect(await textOf('job/GB/job/scm/2/consoleText')).toContain(
      'ERROR: Unable to find no/such from git',
    )
  })

  test('a Jenkins home makes the same jobs and says what it left out', async () => {
    const bytes = (text: string) => new TextEncoder().encode(text)
    const home = zipSync({
      'jobs/old/config.xml': bytes('<com.cloudbees.hudson.plugins.folder.Folder/>'),
      'jobs/old/jobs/deep/config.xml': bytes(pipelineXml('echo "1"')),
      'jobs/old/jobs/far/config.xml': bytes(
        pipelineXml(
          'echo 1',
          '<hudson.model.ParametersDefinitionProperty><parameterDefinitions><hudson.model.FileParameterDefinition><name>f</name></hudson.model.FileParameterDefinition></parameterDefinitions></hudson.model.ParametersDefinitionProperty>',
        ),
      ),
      'jobs/maven/config.xml': bytes('<maven2-moduleset/>'),
      'jobs/many/config.xml': bytes(pipelineXml('echo other')),
      'jobs/old/jobs/deep/builds/1/config.xml': bytes('not a job'),
    })
    const reply = await post('importHome', new Uint8Array(home), 'application/zip')
    expect(await reply.json()).toEqual({
      created: ['old', 'old/deep', 'old/far'],
      existing: ['many'],
      refused: [{ job: 'maven', reason: 'No such job type here: maven2-moduleset' }],
      partly: [{ job: 'old/far', reason: expect.stringContaining('FileParameterDefinition') }],
    })
    expect(await get('job/old/job/deep/api/json')).toMatchObject({ fullName: 'old/deep' })
  })

  test('what a build archived comes as files and as one zip', async () => {
    const script = "node { writeFile file: 'out/a.txt', text: 'made'; archiveArtifacts 'out/*' }"
    await create('createItem?name=files', pipelineXml(script))
    await post('job/files/build')
    await ended('job/files/1')
    expect(await textOf('job/files/1/artifact/out/a.txt')).toBe('made')
    const reply = await fetch(url('job/files/1/artifact/*zip*/archive.zip'), { headers })
    const files = unzipSync(new Uint8Array(await reply.arrayBuffer()))
    expect(Object.keys(files)).toEqual(['archive/out/a.txt'])
    expect((await fetch(url('job/files/1/testReport/api/json'), { headers })).status).toBe(404)
    expect((await fetch(url('job/files/2/api/json'), { headers })).status).toBe(404)
  })

  test('credentials come in as XML, are shown without their secret, and go', async () => {
    const store = 'job/GB/credentials/store/folder/domain/_'
    const impl = 'com.cloudbees.plugins.credentials.impl.UsernamePasswordCredentialsImpl'
    const login = (password: string) =>
      `<${impl}><scope>GLOBAL</scope><id>kept</id><description>of a test</description>` +
      `<username>kim</username><password>${password}</password></${impl}>`
    const at = `${store}/credential/kept`
    const send = (path: string, body: string) => create(path, body).then(({ status }) => status)
    expect(await send(`${store}/createCredentials`, login('pear'))).toBe(200)
    expect(await send(`${store}/createCredentials`, login('fig'))).toBe(409)
    expect(await send(`${store}/createCredentials`, '<unheard.Of><id>x</id></unheard.Of>')).toBe(
      400,
    )
    expect(await get(`${store}/api/json?tree=credentials[id]`)).toMatchObject({
      credentials: [{ id: 'kept' }],
    })
    const kept = await textOf(`${at}/config.xml`)
    expect(kept).toContain('<username>kim</username>')
    expect(kept).toContain('<password><secret-redacted/></password>')
    expect(await send(`${at}/config.xml`, kept.replace('kim', 'lee'))).toBe(200)
    const script = `withCredentials([usernameColonPassword(credentialsId: 'kept', variable: 'C')]) {
      echo "is ours: \${C == 'lee:pear'}" }`
    expect(await send('job/GB/createItem?name=opens', pipelineXml(script))).toBe(200)
    await post('job/GB/job/opens/build')
    await ended('job/GB/job/opens/1')
    expect(await textOf('job/GB/job/opens/1/consoleText')).toContain('is ours: true')
    const gone = await fetch(url(`${at}/config.xml`), { method: 'DELETE', headers })
    expect(gone.status).toBe(200)
    expect(await send(`${at}/doDelete`, '')).toBe(404)
  })

  test('people, feeds and the load of all', async () => {
    expect(await get('user/ada/api/json')).toMatchObject({ id: 'ada', fullName: 'Ada' })
    expect(await get('asynchPeople/api/json')).toMatchObject({
      users: [{ lastChange: null, user: { fullName: 'Ada' } }],
    })
    const developer = basic('kim', await server.tokenOf('kim', 'developer'))
    const seen = await fetch(url('user/ada/api/json'), { headers: developer })
    expect(seen.status).toBe(404)
    expect(await get('overallLoad/api/json?depth=1')).toMatchObject({
      _class: 'hudson.model.OverallLoadStatistics',
      busyExecutors: { sec10: { latest: 0 } },
    })
    await create('job/GB/createItem?name=told', pipelineXml("error 'no'"))
    await post('job/GB/job/told/build')
    await ended('job/GB/job/told/1')
    const feed = await textOf('rssFailed')
    expect(feed).toContain('<title>Jenkins:All (failed builds)</title>')
    expect(feed).toContain('<title>GB » told #1 (broken)</title>')
    expect(feed).toContain(`${server.jenkins}job/GB/job/told/1/`)
    expect(await textOf('job/GB/job/told/rssLatest')).toContain('told #1 (broken)')
  })

  test('hostile configurations are refused', async () => {
    const bomb = '<!DOCTYPE a [<!ENTITY b "c">]><flow-definition>&b;</flow-definition>'
    expect((await create('createItem?name=bomb', bomb)).status).toBe(400)
    expect((await create('createItem?name=broken', '<flow-definition>')).status).toBe(400)
    expect((await create('createItem?name=a%2Fb', pipelineXml(''))).status).toBe(400)
    expect((await create('createItem?name=..', pipelineXml(''))).status).toBe(400)
    expect((await create('createItem', pipelineXml(''))).status).toBe(400)
    expect((await post('not/../%E0%A4%A')).status).toBe(400)
  })
})
