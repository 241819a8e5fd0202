import { endpoint } from './endpoint.ts'
import { defineErrors } from './errors.ts'
import { type Infer, z } from './schema.ts'

/** When a branch of a repository is built by the clock. */
export const pipelineSchedule = z.object({
  id: z.string(),
  branch: z.string(),
  /** Seven fields from seconds to years, in UTC; as Jenkins has them where it is of a Jenkinsfile. */
  cron: z.string(),
  isOn: z.boolean(),
  /** It stands in the branch's Jenkinsfile, `triggers { cron(…) }`, and is changed there. */
  isWritten: z.boolean(),
  /** Missing while it is off, and when there is no next time. */
  nextAt: z.iso.datetime().optional(),
})
export type PipelineSchedule = Infer<typeof pipelineSchedule>

/** A host that programs of runs believe to be who it says. */
export const knownHost = z.object({
  id: z.string(),
  /** As `known_hosts` has it: `[name]:port` where the port is not 22. */
  hostname: z.string(),
  keyType: z.string(),
  /** The key in base64. */
  key: z.string(),
  /** As `ssh-keygen -l` prints it: `SHA256:…`. */
  fingerprint: z.string(),
})
export type KnownHost = Infer<typeof knownHost>

const inRepo = z.object({ project: z.string(), repo: z.string() })
const oneInRepo = inRepo.extend({ id: z.string() })
const done = z.object({ done: z.literal(true) })
const cron = z.string().trim().min(1).max(200)
const seenHost = knownHost.omit({ id: true })

const repo = '/api/projects/:project/repos/:repo'
const schedules = `${repo}/schedules` as const
const ssh = `${repo}/pipeline-ssh` as const
const viewer = { project: 'viewer' } as const
const developer = { project: 'developer' } as const
const maintainer = { project: 'maintainer' } as const

/** What one sets up for the pipelines of a repository: schedules, and how its runs log in elsewhere. */
export const pipelineSetupEndpoints = {
  scheduleList: endpoint({
    method: 'GET',
    path: schedules,
    access: viewer,
    params: inRepo,
    result: z.object({ items: z.array(pipelineSchedule) }),
  }),
  scheduleCreate: endpoint({
    method: 'POST',
    path: schedules,
    access: developer,
    params: inRepo,
    body: z.object({ branch: z.string().min(1).max(250), cron }),
    result: pipelineSchedule,
  }),
  scheduleUpdate: endpoint({
    method: 'PATCH',
    path: `${schedules}/:id`,
    access: developer,
    params: oneInRepo,
    body: z.object({ cron: cron.optional(), isOn: z.boolean().optional() }),
    result: pipelineSchedule,
  }),
  scheduleDelete: endpoint({
    method: 'DELETE',
    path: `${schedules}/:id`,
    access: developer,
    params: oneInRepo,
    result: done,
  }),
  pipelineSshGet: endpoint({
    method: 'GET',
    path: ssh,
    access: maintainer,
    params: inRepo,
    result: z.object({
      /** One line of OpenSSH's public format; missing while runs have no key. */
      publicKey: z.string().optional(),
      hosts: z.array(knownHost),
    }),
  }),
  /** Takes the place of the pair there was. The private half is never shown again. */
  pipelineKeyPut: endpoint({
    method: 'POST',
    path: `${ssh}/key`,
    access: maintainer,
    params: inRepo,
    /** Without a private key a pair is made here. */
    body: z.object({ privateKey: z.string().trim().min(1).max(20_000).optional() }),
    result: z.object({ publicKey: z.string() }),
  }),
  pipelineKeyDelete: endpoint({
    method: 'DELETE',
    path: `${ssh}/key`,
    access: maintainer,
    params: inRepo,
    result: done,
  }),
  /** The key that a host shows now. Nothing is kept. */
  hostKeyLook: endpoint({
    method: 'POST',
    path: `${ssh}/look`,
    access: maintainer,
    params: inRepo,
    /** `host` or `host:port`. */
    body: z.object({ host: z.string().trim().min(1).max(300) }),
    result: seenHost,
  }),
  knownHostCreate: endpoint({
    method: 'POST',
    path: `${ssh}/hosts`,
    access: maintainer,
    params: inRepo,
    body: seenHost.omit({ fingerprint: true }),
    result: knownHost,
  }),
  knownHostDelete: endpoint({
    method: 'DELETE',
    path: `${ssh}/hosts/:id`,
    access: maintainer,
    params: oneInRepo,
    result: done,
  }),
}

export const pipelineSetupErrors = defineErrors({
  scheduleNotFound: { status: 404, en: 'There is no such schedule.', ko: '그런 예약이 없습니다.' },
  scheduleWritten: {
    status: 409,
    en: 'It stands in the Jenkinsfile: triggers { cron(…) }. Change it there.',
    ko: 'Jenkinsfile의 triggers { cron(…) }에 적힌 예약입니다. 그곳에서 바꾸세요.',
  },
  scheduleCron: {
    status: 400,
    en: 'This is no schedule: {reason}.',
    ko: '예약 형식이 아닙니다: {reason}.',
  },
  pipelineKeyInvalid: {
    status: 400,
    en: 'This is not a private key without a passphrase, in a format that OpenSSH reads.',
    ko: 'OpenSSH가 읽을 수 있는, 암호 없는 개인 키가 아닙니다.',
  },
  knownHostInvalid: {
    status: 400,
    en: 'This is no name of a host with a key in the format of known_hosts.',
    ko: 'known_hosts 형식의 호스트 이름과 키가 아닙니다.',
  },
  knownHostTaken: {
    status: 409,
    en: '{hostname} is known already. Remove it first to believe another key.',
    ko: '{hostname}은(는) 이미 있습니다. 다른 키를 믿으려면 먼저 지우세요.',
  },
  knownHostNotFound: { status: 404, en: 'There is no such host.', ko: '그런 호스트가 없습니다.' },
  hostKeyUnseen: {
    status: 502,
    en: '{host} shows no SSH key: {reason}',
    ko: '{host}에서 SSH 키를 볼 수 없습니다: {reason}',
  },
})
