import { endpoint } from './endpoint.ts'
import { defineErrors } from './errors.ts'
import { type Infer, z } from './schema.ts'

const moment = z.iso.datetime()

/** A public SSH key. Its text is shown again as it was given; it is no secret. */
export const sshKey = z.object({
  id: z.string(),
  label: z.string(),
  /** `ssh-ed25519`, `ssh-rsa`, `ecdsa-sha2-nistp256` … */
  algorithm: z.string(),
  /** The key's size; 256 for ed25519. */
  bits: z.number(),
  /** `SHA256:` and base64 without padding, as `ssh-keygen -l` prints it. */
  fingerprint: z.string(),
  key: z.string(),
  createdAt: moment,
  /** When it last opened a connection; missing when never. */
  usedAt: moment.optional(),
})
export type SshKey = Infer<typeof sshKey>

/** A key of one repository, for machines. */
export const deployKey = sshKey.extend({ canWrite: z.boolean() })
export type DeployKey = Infer<typeof deployKey>

const given = z.object({
  /** The key's own comment unless told. */
  label: z.string().trim().max(200).default(''),
  /** One line of OpenSSH's public format: `ssh-ed25519 AAAA… comment`. */
  key: z.string().trim().min(1).max(20_000),
})
const done = z.object({ done: z.literal(true) })
const inRepo = z.object({ project: z.string(), repo: z.string() })

const mine = '/api/ssh-keys'
const ofRepo = '/api/projects/:project/repos/:repo/deploy-keys'
const ofProject = '/api/projects/:project/deploy-keys'
const inProject = z.object({ project: z.string() })
const maintainer = { project: 'maintainer' } as const

/** The calls about SSH keys: one's own, those of a repository, and those of a project. */
export const codeKeyEndpoints = {
  sshKeyList: endpoint({
    method: 'GET',
    path: mine,
    access: 'signedIn',
    result: z.object({ items: z.array(sshKey) }),
  }),
  sshKeyCreate: endpoint({
    method: 'POST',
    path: mine,
    access: 'signedIn',
    body: given,
    result: sshKey,
  }),
  sshKeyDelete: endpoint({
    method: 'DELETE',
    path: `${mine}/:id`,
    access: 'signedIn',
    params: z.object({ id: z.string() }),
    result: done,
  }),
  /** Where git over SSH is reached, and the host keys that `known_hosts` may hold. */
  sshServerGet: endpoint({
    method: 'GET',
    path: '/api/ssh-server',
    access: 'signedIn',
    result: z.object({
      isOn: z.boolean(),
      /** `ssh://git@host:port`; missing while it is off. */
      url: z.string().optional(),
      hostKeys: z.array(
        z.object({ algorithm: z.string(), key: z.string(), fingerprint: z.string() }),
      ),
    }),
  }),
  deployKeyList: endpoint({
    method: 'GET',
    path: ofRepo,
    access: maintainer,
    params: inRepo,
    result: z.object({ items: z.array(deployKey) }),
  }),
  deployKeyCreate: endpoint({
    method: 'POST',
    path: ofRepo,
    access: maintainer,
    params: inRepo,
    body: given.extend({ canWrite: z.boolean().default(false) }),
    result: deployKey,
  }),
  deployKeyDelete: endpoint({
    method: 'DELETE',
    path: `${ofRepo}/:id`,
    access: maintainer,
    params: inRepo.extend({ id: z.string() }),
    result: done,
  }),
  /** Keys that read every repository of a project, also those made later. */
  projectKeyList: endpoint({
    method: 'GET',
    path: ofProject,
    access: maintainer,
    params: inProject,
    result: z.object({ items: z.array(sshKey) }),
  }),
  projectKeyCreate: endpoint({
    method: 'POST',
    path: ofProject,
    access: maintainer,
    params: inProject,
    body: given,
    result: sshKey,
  }),
  projectKeyDelete: endpoint({
    method: 'DELETE',
    path: `${ofProject}/:id`,
    access: maintainer,
    params: inProject.extend({ id: z.string() }),
    result: done,
  }),
}

/** What the calls about keys may refuse. */
export const codeKeyErrors = defineErrors({
  keyInvalid: {
    status: 400,
    en: 'This is not a public key in OpenSSH format (ssh-ed25519, ssh-rsa or ecdsa-sha2-…).',
    ko: 'OpenSSH 형식의 공개 키가 아닙니다(ssh-ed25519, ssh-rsa 또는 ecdsa-sha2-…).',
  },
  keyPrivate: {
    status: 400,
    en: 'This is a private key. It must never leave your machine; give the .pub file instead.',
    ko: '개인 키입니다. 개인 키는 절대 밖으로 보내지 마세요. 대신 .pub 파일을 등록하세요.',
  },
  keyTooWeak: {
    status: 400,
    en: 'RSA keys need at least {needed} bits; this one has {bits}.',
    ko: 'RSA 키는 {needed}비트 이상이어야 합니다. 이 키는 {bits}비트입니다.',
  },
  keyTaken: {
    status: 409,
    en: 'This key is registered already; each key belongs to one person or repository.',
    ko: '이미 등록된 키입니다. 키 하나는 한 사람 또는 저장소 하나에만 쓸 수 있습니다.',
  },
  keyNotFound: {
    status: 404,
    en: 'There is no such key.',
    ko: '그런 키가 없습니다.',
  },
  keyNotForPerson: {
    status: 403,
    en: 'Only people have SSH keys of their own; a token of a run has none.',
    ko: '개인 SSH 키는 사람만 가질 수 있습니다. 실행 토큰에는 없습니다.',
  },
})
