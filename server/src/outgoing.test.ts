import { mkdtempSync, rmSync } from 'node:fs'
import { createServer as createWebServer } from 'node:http'
import { type AddressInfo, createServer as createSocketServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  codeEndpoints,
  codeMirrorEndpoints,
  identityEndpoints,
  imageEndpoints,
  monitorEndpoints,
  packageEndpoints,
  pipelinesEndpoints,
  reviewEndpoints,
} from '@madang/api'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { IAM } from '@aws-sdk/client-iam'
import { SNS } from '@aws-sdk/client-sns'
import { SQS } from '@aws-sdk/client-sqs'
import { STS } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLog, readConfig } from './kernel/index.ts'
import { type Madang, startMadang } from './madang.ts'
import { type Client, Client as Nobody, refusalOf } from './testing/client.ts'
import { until } from './testing/until.ts'
import { asBrowser, PASSWORD } from './testing/yard.ts'

// A server that others reach, whose administrator allows `localhost`. One site stands behind that
// name and behind 127.0.0.1, which nobody allowed: every place goes to the one and never to the other.

const home = mkdtempSync(join(tmpdir(), 'madang-outgoing-'))
const params = { project: 'GB', repo: 'app' }
const far = { project: 'GB', repo: 'far' }
const patience = { timeout: 60_000, interval: 200 }
const account = '000000000000'
const heard = new Set<string>()
const logged: string[] = []

let madang: Madang
let ada: Client
let cloud: { endpoint: string; region: string; credentials: Keys }
interface Keys {
  accessKeyId: string
  secretAccessKey: string
}

// `/away/…` of the allowed name sends to the forbidden one.
const site = createWebServer((request, response) => {
  const path = request.url ?? '/'
  heard.add(`${request.headers.host} ${path.split('/')[1]}`)
  const isAway = path.startsWith('/away/') && request.headers.host!.startsWith('localhost')
  if (isAway) response.writeHead(302, { location: `http://127.0.0.1:${portOf(site)}${path}` }).end()
  else response.end('{}')
})
const issuer = createSocketServer((socket) => socket.destroy())

const portOf = (server: Server) => (server.address() as AddressInfo).port
type Host = 'localhost' | '127.0.0.1'
const plain = (host: Host) => host.replaceAll('.', '-')
const urlAt = (host: Host, place: string) => `http://${host}:${portOf(site)}/${place}`
const isHeard = (host: Host, place: string) => heard.has(`${host}:${portOf(site)} ${place}`)

beforeAll(async () => {
  for (const server of [site, issuer]) {
    await new Promise<void>((done) => void server.listen(0, () => done()))
  }
  const flags = '--port 0 --cloud-port 0 --no-ssh --no-sample --host-names team.test'.split(' ')
  const config = readConfig([...flags, '--home', home, '--outgoing-allow', 'localhost'], {})
  const write = (line: string) => void logged.push(line)
  const log = createLog({ level: 'warn', format: 'text', write })
  madang = await startMadang(config, { log })
  const link = new URL((await madang.welcomeLink())!)
  const nobody = new Nobody(madang.origin)
  const body = {
    code: link.searchParams.get('code')!,
    name: 'ada',
    displayName: 'Ada',
    password: PASSWORD,
    language: 'en' as const,
  }
  ada = await asBrowser(await nobody.send(identityEndpoints.setup, { body }), madang.origin)
  await ada.call(identityEndpoints.projectCreate, { body: { key: 'GB', name: 'Guestbook' } })
  for (const name of ['app', 'far']) {
    await ada.call(codeEndpoints.repoCreate, { params, body: { name, description: '' } })
  }
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  cloud = { endpoint: madang.cloudUrl, region: madang.cloud.region, credentials }
})
afterAll(async () => {
  await madang.stop()
  site.close()
  issuer.close()
  rmSync(home, { recursive: true, force: true })
})

const basic = { authorization: `Basic ${btoa(`ada:${PASSWORD}`)}` }
const get = async (path: string) => {
  const answer = await fetch(madang.origin + path, { headers: basic })
  return `${answer.status} ${await answer.text()}`
}

async function commit(branch: string, path: string, content: string): Promise<void> {
  const file = { path, content, encoding: 'utf8' as const, isExecutable: false }
  const body = { branch, message: 'x', files: [file] }
  await ada.call(codeEndpoints.commitCreate, { params, body })
}

/** What a run of this script logs, once it is over. */
async function runOf(branch: string, script: string): Promise<string> {
  await commit(branch, 'Jenkinsfile', script)
  const query = { repo: 'app', branch }
  const runs = () => ada.call(pipelinesEndpoints.runList, { params, query })
  await expect.poll(async () => (await runs()).items[0]?.finishedAt, patience).toBeTruthy()
  const run = (await runs()).items[0]!.id
  const input = { params: { ...params, run }, query: {} }
  return (await ada.call(pipelinesEndpoints.runLog, input)).text
}

const stack = (url: string) =>
  JSON.stringify({
    Resources: { T: { Type: 'AWS::SNS::Topic' } },
    Outputs: { Url: { Value: url } },
  })

async function eventTo(url: string, Name: string): Promise<string> {
  const events = new EventBridge(cloud)
  const sqs = new SQS(cloud)
  const { QueueUrl } = await sqs.createQueue({ QueueName: Name })
  const { ConnectionArn } = await events.createConnection({
    Name,
    AuthorizationType: 'API_KEY',
    AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: 'k', ApiKeyValue: 'v' } },
  })
  const { ApiDestinationArn: Arn } = await events.createApiDestination({
    Name,
    ConnectionArn,
    InvocationEndpoint: url,
    HttpMethod: 'POST',
  })
  await events.putRule({ Name, EventPattern: JSON.stringify({ source: [Name] }) })
  const DeadLetterConfig = { Arn: `arn:aws:sqs:${cloud.region}:${account}:${Name}` }
  const RoleArn = `arn:aws:iam::${account}:role/caller`
  await events.putTargets({ Rule: Name, Targets: [{ Id: 't', Arn, RoleArn, DeadLetterConfig }] })
  await events.putEvents({ Entries: [{ Source: Name, DetailType: 'x', Detail: '{}' }] })
  if (Name.endsWith('localhost')) return ''
  const dead = await until('the letter that went nowhere', async () => {
    const asked = { QueueUrl, WaitTimeSeconds: 20, MessageAttributeNames: ['All'] }
    return (await sqs.receiveMessage(asked)).Messages?.[0]
  })
  return JSON.stringify(dead.MessageAttributes)
}

async function strangerFrom(host: Host): Promise<string> {
  const iam = new IAM(cloud)
  const Url = `https://${host}:${portOf(issuer)}`
  const ThumbprintList = ['0'.repeat(40)]
  await iam.createOpenIDConnectProvider({ Url, ClientIDList: ['app'], ThumbprintList })
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const exp = Math.floor(Date.now() / 1000) + 300
  const claims = { iss: Url, aud: 'app', sub: 'a', iat: exp - 300, exp }
  const asked = new STS(cloud).assumeRoleWithWebIdentity({
    RoleArn: `arn:aws:iam::${account}:role/any`,
    RoleSessionName: 'any',
    WebIdentityToken: `${part({ alg: 'RS256', kid: 'k' })}.${part(claims)}.AAAA`,
  })
  return asked.then(String, String)
}

interface Place {
  /** Has an address called; gives what is seen of it, as far as it is seen at once. */
  act(url: string, host: Host): Promise<string>
  /** What is seen later. */
  later?: () => Promise<string>
  /** What whoever gave it is told. */
  refused: RegExp
}

const NOT_PUBLIC = '127\\.0\\.0\\.1 \\(127\\.0\\.0\\.1\\) is not on the public network'

const places: Record<string, Place> = {
  webhook: {
    async act(url, host) {
      const body = { url, events: ['repo:push'], description: '', isActive: true }
      const said = await refusalOf(ada.call(reviewEndpoints.hookCreate, { params, body }))
      await commit(`hook-${host}`, 'a', host)
      return said
    },
    refused: /403 outgoingRefused/,
  },
  mirror: {
    act: (url) => {
      const body = { direction: 'pull', url: `${url}/x.git` } as never
      return refusalOf(ada.call(codeMirrorEndpoints.mirrorCreate, { params: far, body }))
    },
    refused: /403 outgoingRefused/,
  },
  remote: {
    async act(url) {
      const given = { params: { ...params, kind: 'maven' }, body: { url } } as const
      const said = await refusalOf(ada.call(packageEndpoints.packageRemoteSet, given))
      return said === 'no refusal' ? get('/maven/GB/org/x/1/x-1.jar') : said
    },
    refused: /403 outgoingRefused|^502 .*127\.0\.0\.1 \(127/,
  },
  proxy: {
    async act(url) {
      const rules = { quotaBytes: null, keepTags: null, untaggedDays: null, tagDays: null }
      const body = { ...rules, keepPattern: null, fixedPattern: null, proxyUrl: url }
      const said = await refusalOf(ada.call(imageEndpoints.imagePolicySet, { params, body }))
      return said === 'no refusal' ? get('/v2/gb/proxy/a/manifests/1') : said
    },
    refused: /403 outgoingRefused|^403 .*"DENIED".*127\.0\.0\.1 \(127/,
  },
  httpRequest: {
    act: (url, host) => runOf(`http-${host}-${url.includes('away')}`, `httpRequest '${url}'`),
    refused: new RegExp(`AbortException: ${NOT_PUBLIC}`),
  },
  slackSend: {
    act: (url, host) => runOf(`slack-${host}`, `slackSend baseUrl: '${url}', message: 'hi'`),
    refused: new RegExp(`${NOT_PUBLIC}[^]*ERROR: Slack notification failed\\.`),
  },
  probe: {
    act: (url, host) =>
      runOf(
        `probe-${host}`,
        `node { writeFile file: 't', text: '${stack(url)}'; cfnUpdate stack: 'at-${plain(host)}', file: 't' }`,
      ),
    later: async () => {
      const { items } = await ada.call(monitorEndpoints.healthList, { params })
      return JSON.stringify(items)
    },
    refused: new RegExp(NOT_PUBLIC),
  },
  sns: {
    async act(Endpoint) {
      const sns = new SNS(cloud)
      const { TopicArn } = await sns.createTopic({ Name: 'told' })
      await sns.subscribe({ TopicArn, Protocol: 'http', Endpoint })
      return ''
    },
    later: async () => logged.filter((line) => line.includes('sns.http')).join('\n'),
    refused: new RegExp(NOT_PUBLIC),
  },
  events: {
    act: (url, host) => eventTo(url, `to-${plain(host)}`),
    refused: new RegExp(`SDK_CLIENT_ERROR.*${NOT_PUBLIC}`),
  },
}
const each = Object.entries(places).map(([name, place]) => ({ name, place }))

describe('what people have a server of a team call', () => {
  it.each(each)('goes where that is allowed: $name', async ({ name, place }) => {
    await place.act(urlAt('localhost', name), 'localhost')
    await expect.poll(() => isHeard('localhost', name), patience).toBe(true)
  })

  it.each(each)('goes nowhere else, and says so: $name', async ({ name, place }) => {
    const said = await place.act(urlAt('127.0.0.1', name), '127.0.0.1')
    const seen = async () => said + ((await place.later?.()) ?? '')
    await expect.poll(seen, patience).toMatch(place.refused)
    expect(isHeard('127.0.0.1', name)).toBe(false)
  })

  it.each(['remote', 'proxy', 'httpRequest'])('is not led there: %s', async (name) => {
    const place = places[name]!
    expect(await place.act(urlAt('localhost', `away/${name}`), 'localhost')).toMatch(place.refused)
    expect(isHeard('localhost', 'away')).toBe(true)
    expect(isHeard('127.0.0.1', 'away')).toBe(false)
  })

  it('asks an issuer of identities for its keys only where that is allowed', async () => {
    let connections = 0
    issuer.on('connection', () => void connections++)
    const unreachable = /retrieve verification key from your identity provider/
    expect(await strangerFrom('127.0.0.1')).toMatch(unreachable)
    expect(connections).toBe(0)
    expect(await strangerFrom('localhost')).toMatch(unreachable)
    expect(connections).toBe(1)
  })

  it('may always be this server itself, at the ports that others reach, too', async () => {
    const { port } = new URL(madang.cloudUrl)
    const name = `http://fn.lambda-url.${cloud.region}.localhost:${port}/`
    for (const url of [madang.origin, madang.cloudUrl, name])
      await madang.kernel.outgoing.check(url)
    const log = await runOf(
      'own',
      `httpRequest '${madang.origin}/api/none', validResponseCodes: '404'`,
    )
    expect(log).not.toContain('is not on the public network')
  })
})
