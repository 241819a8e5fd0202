import { describeErrors, parseJenkinsfile } from '../declarative/index.ts'
import type { PipelinesTables, RunRow } from '../tables.ts'
import { type Bean, inline } from './bean.ts'
import { type Call, empty, json, plainText, redirect, type Reply } from './exchange.ts'
import { Failure, notFound } from './failure.ts'
import { jobById } from '../store-jobs.ts'
import { runById } from '../store-runs.ts'
import { nodeWaitBean, queueBean } from './queue-bean.ts'
import { runByQueueNumber, waitingRuns } from './store-builds.ts'
import type { Container } from './model.ts'

const tables = ({ parts }: Call) => parts.kernel.database.tables<PipelinesTables>()

/** Items of jobs that whoever asks may see. */
export async function queueList(call: Call): Promise<Bean> {
  const items: Bean[] = []
  for (const run of await waitingRuns(tables(call))) {
    if (await maySee(call, run)) items.push(await queueBean(call, run))
  }
  for (const waiting of call.parts.nodes.waiting()) {
    const run = await runById(tables(call), waiting.run)
    if (run && (await maySee(call, run))) items.push(nodeWaitBean(waiting))
  }
  const members = { discoverableItems: [], items }
  return { class: 'hudson.model.Queue', basic: members }
}

async function maySee({ parts, actor }: Call, run: RunRow): Promise<boolean> {
  return (await parts.identity.roleIn(actor, run.project)) !== undefined
}

export async function queued(call: Call, text: string): Promise<RunRow | undefined> {
  const number = Number(text)
  if (!Number.isSafeInteger(number)) return undefined
  const run = await runByQueueNumber(tables(call), number)
  if (!run || !(await maySee(call, run)) || !(await jobById(tables(call), run.job_id))) {
    return undefined
  }
  return run
}

export async function queueItem(call: Call, id: string): Promise<Bean> {
  const run = await queued(call, id)
  if (!run) throw notFound(`queue item ${id}`)
  return queueBean(call, run)
}

/** What has left the queue stays as it is. */
export async function cancelItem(call: Call, id: string): Promise<boolean> {
  const run = await queued(call, id)
  if (!run) return false
  await call.need(run.project, 'developer', 'Job/Cancel')
  if (run.state !== 'queued') return false
  await call.parts.runs.abort(run, call.actor)
  return true
}

export async function cancelQueue(call: Call, id: string): Promise<Reply> {
  if (!(await queued(call, id))) throw notFound(`queue item ${id}`)
  await cancelItem(call, id)
  return redirect(`${call.base}queue/`)
}

export async function cancelById(call: Call): Promise<Reply> {
  const isDone = await cancelItem(call, (await call.given('id')) ?? '')
  return empty(isDone ? 204 : 422)
}

export async function setQuiet(call: Call, isQuiet: boolean): Promise<Reply> {
  await call.needAdministrator('Overall/Manage')
  call.parts.runs.isQuiet = isQuiet
  call.parts.runs.wake()
  return redirect(call.base)
}

/** The linter's answer as text: https://www.jenkins.io/doc/book/pipeline/development/#linter */
export async function lint(call: Call): Promise<Reply> {
  const source = await call.given('jenkinsfile')
  if (!source) return plainText('No Jenkinsfile specified\n')
  const file = parseJenkinsfile(source)
  if (file.findings.length > 0) {
    const text = describeErrors(file.findings, source).replace(/^startup failed:\n/, '')
    return plainText(`Errors encountered validating Jenkinsfile:\n${text.trimEnd()}\n`)
  }
  if (file.kind !== 'declarative') {
    return plainText(`Jenkinsfile content '${source}' did not contain the 'pipeline' step\n`)
  }
  return plainText('Jenkinsfile successfully validated.\n')
}

/** The same as JSON, with the findings one by one. */
export async function lintAsJson(call: Call): Promise<Reply> {
  const source = await call.given('jenkinsfile')
  if (!source) return result({ result: 'failure', errors: [{ error: 'No Jenkinsfile specified' }] })
  const file = parseJenkinsfile(source)
  if (file.findings.length > 0) {
    const error = file.findings.map(
      ({ message, line, column }) => `${message} @ line ${line}, column ${column}.`,
    )
    return result({ result: 'failure', errors: [{ error }] })
  }
  if (file.kind !== 'declarative') {
    const error = "Jenkinsfile content did not contain the 'pipeline' step"
    return result({ result: 'failure', errors: [{ error }] })
  }
  return result({ result: 'success' })
}

const result = (data: object) => json({ status: 'ok', data })

/** Credentials of a project without their secrets: `credentials/store/folder/domain/_`. */
export async function credentialsBean(call: Call, of: Container): Promise<Bean> {
  await call.need(of.project, 'maintainer', 'Credentials/View', 'read')
  const stored = await call.parts.door.credentials.list(of.project)
  return {
    class: 'com.cloudbees.plugins.credentials.CredentialsStoreAction$DomainWrapper',
    basic: {
      credentials: stored.map(({ id, kind, description }) =>
        credentialMembers(id, kind, description),
      ),
      description: null,
      displayName: 'Global credentials (unrestricted)',
      fullDisplayName: 'Global credentials (unrestricted)',
      fullName: '_',
      global: true,
      urlName: '_',
    },
  }
}

const kinds: Record<string, string> = {
  secretText: 'Secret text',
  usernamePassword: 'Username with password',
  file: 'Secret file',
  sshKey: 'SSH Username with private key',
}

function credentialMembers(id: string, kind: string, description: string): Bean {
  return inline(
    {
      description,
      displayName: description === '' ? id : `${id} (${description})`,
      fingerprint: null,
      fullName: id,
      id,
      typeName: kinds[kind] ?? kind,
    },
    'com.cloudbees.plugins.credentials.CredentialsStoreAction$CredentialsWrapper',
  )
}

export async function credentialBean(call: Call, of: Container, id: string): Promise<Bean> {
  await call.need(of.project, 'maintainer', 'Credentials/View', 'read')
  const found = (await call.parts.door.credentials.list(of.project)).find((one) => one.id === id)
  if (!found) throw notFound(`credential ${id}`)
  return credentialMembers(found.id, found.kind, found.description)
}

/** What Jenkins has and this server by intent has not. */
export const refused = (what: string) => async (): Promise<Reply> => {
  throw new Failure(501, `${what} is not part of this server`)
}

/** As Jenkins' script console answers somebody who may not use it. */
export async function refuseScript(): Promise<Reply> {
  throw new Failure(403, 'This server has no script console: no script runs outside a build')
}
