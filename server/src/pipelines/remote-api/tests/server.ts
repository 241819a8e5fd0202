import { identityEndpoints } from '@madang/api'
import { type Code, createCode } from '../../../code/index.ts'
import type { Scope } from '../../../kernel/index.ts'
import { createRegistry } from '../../../registry/index.ts'
import { Client } from '../../../testing/client.ts'
import { addPerson, openYard, PASSWORD, type Yard } from '../../../testing/yard.ts'
import { createPipelines, type Pipelines } from '../../index.ts'

export { until } from '../../../testing/until.ts'

export interface Server {
  yard: Yard<{ code: Code; pipelines: Pipelines }>
  /** Address of the API, with a slash at its end. */
  jenkins: string
  /** The administrator's browser and API token. */
  ada: Client
  token: string
  password: string
  /** Somebody's API token; a role in the project GB where one is told. */
  tokenOf(name: string, role?: 'viewer' | 'developer' | 'maintainer'): Promise<string>
  close(): Promise<void>
}

/** A server with a project GB, its repository `guestbook`, and nothing in it. */
export async function startServer(): Promise<Server> {
  const place = { origin: '' }
  const yard = await openYard({
    async build({ kernel, identity }) {
      const registry = await createRegistry({ kernel })
      const code = await createCode({ kernel, identity })
      const cloud = {
        credentialsFor: async () => ({
          accessKeyId: 'ASIATEST',
          secretAccessKey: 'no-cloud-in-this-suite',
          sessionToken: 'no-session-in-this-suite',
          expiresAtMs: Date.now() + 3_600_000,
          region: 'ap-northeast-2',
          endpointUrl: place.origin,
        }),
        awsWith: () => Promise.reject(new Error('there is no cloud in this test')),
      }
      const originUrl = () => place.origin
      const remote = { identity, code }
      const { bitbucket } = code
      const parts = { kernel, identity, registry, code, cloud, originUrl, remote, bitbucket }
      return { code, pipelines: await createPipelines({ ...parts, executors: 4 }) }
    },
  })
  place.origin = yard.origin
  await yard.parts.pipelines.start()
  const ada = await yard.setUp()
  await ada.call(identityEndpoints.projectCreate, { body: { key: 'GB', name: 'Guestbook' } })
  const { kernel } = yard
  const project = { project: 'GB', name: 'guestbook' }
  const person = { kind: 'system', id: 'system', name: 'Madang' } as const
  const actor = { ...person, isAdministrator: true, scopes: ['write'] as Scope[] }
  await kernel.database.write((tx) => yard.parts.code.repoCreate(tx, actor, project))
  const issue = async (owner: Client) => {
    const scopes: Scope[] = ['read', 'write', 'administer']
    const allowed = owner === ada ? scopes : scopes.slice(0, 2)
    const body = { name: 'api', scopes: allowed }
    return (await owner.call(identityEndpoints.tokenCreate, { body })).token
  }
  return {
    yard,
    jenkins: `${yard.origin}/jenkins/`,
    ada,
    token: await issue(ada),
    password: PASSWORD,
    async tokenOf(name, role) {
      const member = role && { project: 'GB', role }
      return issue(await addPerson(ada, { name, ...member }))
    },
    close: () => yard.close(),
  }
}

export const basic = (name: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`,
})

export const pipelineXml = (
  script: string,
  properties = '',
) => `<?xml version='1.1' encoding='UTF-8'?>
<flow-definition plugin="workflow-job@2.40">
  <description>Made by a test</description>
  <keepDependencies>false</keepDependencies>
  <properties>${properties}</properties>
  <definition class="org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition" plugin="workflow-cps@2.90">
    <script>${script.replace(/&/g, '&amp;').replace(/</g, '&lt;')}</script>
    <sandbox>true</sandbox>
  </definition>
  <triggers/>
  <disabled>false</disabled>
</flow-definition>`

export const textParameter = (name: string, value: string) =>
  `<hudson.model.ParametersDefinitionProperty><parameterDefinitions>
    <hudson.model.StringParameterDefinition>
      <name>${name}</name><description>who</description><defaultValue>${value}</defaultValue>
    </hudson.model.StringParameterDefinition>
  </parameterDefinitions></hudson.model.ParametersDefinitionProperty>`
