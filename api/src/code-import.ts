import { repoName } from './code-shapes.ts'
import { spokenError } from './code-remote.ts'
import { endpoint } from './endpoint.ts'
import { defineErrors } from './errors.ts'
import { type Infer, z } from './schema.ts'

const moment = z.iso.datetime()
const count = z.number().int().nonnegative()

/** Whose API is asked for pull requests; `git` has none. */
export const importSource = z.enum(['github', 'gitlab', 'bitbucket', 'bitbucketServer', 'git'])
export type ImportSource = Infer<typeof importSource>

export const importState = z.enum(['running', 'waiting', 'finished', 'failed', 'cancelled'])
export const importPhase = z.enum(['git', 'lfs', 'list', 'pulls', 'done'])

/** A repository on its way here. */
export const repoImport = z.object({
  id: z.string(),
  project: z.string(),
  repo: z.string(),
  source: importSource,
  /** Of its git; without any secret. */
  url: z.string(),
  state: importState,
  phase: importPhase,
  /** git's own words on how far it is; missing when it says nothing. */
  progress: z.string().optional(),
  counts: z.object({
    branches: count,
    tags: count,
    lfs: count,
    lfsTotal: count,
    pulls: count,
    pullsTotal: count,
    comments: count,
  }),
  /** Things that could not be brought, of all kinds. */
  problemCount: count,
  error: spokenError.optional(),
  /** Until then the source wants no more calls. */
  waitsUntil: moment.optional(),
  createdBy: z.string(),
  createdAt: moment,
  finishedAt: moment.optional(),
})
export type RepoImport = Infer<typeof repoImport>

/** One thing that could not be brought. */
export const importProblem = z.object({
  kind: z.enum(['branch', 'tag', 'lfs', 'pull', 'comment', 'approval']),
  /** How the source calls it: a branch's name, `#12`, an object's id. */
  what: z.string(),
  error: spokenError,
})
export type ImportProblem = Infer<typeof importProblem>

const inProject = z.object({ project: z.string() })
const one = inProject.extend({ import: z.string() })
const all = '/api/projects/:project/imports'
const developer = { project: 'developer' } as const
const viewer = { project: 'viewer' } as const
const secret = z.string().trim().max(2000)

/** The calls that bring a repository from another host. */
export const codeImportEndpoints = {
  importCreate: endpoint({
    method: 'POST',
    path: all,
    access: developer,
    params: inProject,
    body: z.object({
      source: importSource,
      /** As the browser shows it, or what `git clone` takes. */
      url: z.string().trim().min(1).max(2000),
      /** Where its API is, when that cannot be told from the address. */
      apiUrl: z.string().trim().max(2000).optional(),
      username: z.string().trim().max(200).optional(),
      token: secret.optional(),
      /** Over ssh, which plain git alone is brought by: without a passphrase. */
      privateKey: z.string().trim().max(20_000).optional(),
      name: repoName,
      description: z.string().max(500).default(''),
      withPulls: z.boolean().default(true),
      withLfs: z.boolean().default(true),
    }),
    result: repoImport,
  }),
  /** The newest hundred. */
  importList: endpoint({
    method: 'GET',
    path: all,
    access: viewer,
    params: inProject,
    result: z.object({ items: z.array(repoImport) }),
  }),
  importGet: endpoint({
    method: 'GET',
    path: `${all}/:import`,
    access: viewer,
    params: one,
    result: repoImport,
  }),
  /** At most a thousand, in the order in which they were met. */
  importProblemList: endpoint({
    method: 'GET',
    path: `${all}/:import/problems`,
    access: viewer,
    params: one,
    result: z.object({ items: z.array(importProblem) }),
  }),
  importCancel: endpoint({
    method: 'POST',
    path: `${all}/:import/cancel`,
    access: developer,
    params: one,
    result: repoImport,
  }),
  /** Goes on where it stopped, tries again what failed, and brings what came up since. */
  importContinue: endpoint({
    method: 'POST',
    path: `${all}/:import/continue`,
    access: developer,
    params: one,
    body: z.object({ username: z.string().trim().max(200).optional(), token: secret.optional() }),
    result: repoImport,
  }),
}

/** What the calls about imports may refuse, and what an import may say of a thing it left out. */
export const codeImportErrors = defineErrors({
  importNotFound: { status: 404, en: 'There is no such import.', ko: '그런 가져오기가 없습니다.' },
  importRunning: {
    status: 409,
    en: 'This import is still running.',
    ko: '이 가져오기는 아직 진행 중입니다.',
  },
  importOver: {
    status: 409,
    en: 'This import is over already.',
    ko: '이 가져오기는 이미 끝났습니다.',
  },
  importAddress: {
    status: 400,
    en: 'This is no address of a repository on {source}: {reason}.',
    ko: '{source} 저장소 주소가 아닙니다: {reason}.',
  },
  importSshNoApi: {
    status: 400,
    en: 'Give the web address (https) of the repository: over ssh there is nobody to ask for pull requests.',
    ko: '저장소의 웹 주소(https)를 입력하세요. ssh로는 풀 리퀘스트를 물을 곳이 없습니다.',
  },
  importSshKey: {
    status: 400,
    en: 'Over ssh a private key without a passphrase is needed, in a format that OpenSSH reads.',
    ko: 'ssh로 가져오려면 OpenSSH가 읽을 수 있는, 암호 없는 개인 키가 필요합니다.',
  },
  sourceAnswer: {
    status: 502,
    en: '{host} answered {status} to {path}: {reason}',
    ko: '{host}이(가) {path}에 {status}(으)로 답했습니다: {reason}',
  },
  sourceShape: {
    status: 502,
    en: '{host} answered {path} with something that is not its API.',
    ko: '{host}이(가) {path}에 API와 다른 내용으로 답했습니다.',
  },
  sourceElsewhere: {
    status: 502,
    en: '{host} sends us to {elsewhere} for the next page; the token is not taken there.',
    ko: '{host}이(가) 다음 쪽을 {elsewhere}에서 찾으라고 합니다. 토큰을 그곳에 보내지 않습니다.',
  },
  sourceTooLong: {
    status: 502,
    en: '{path} of {host} has more than {most} pages.',
    ko: '{host}의 {path}이(가) {most}쪽을 넘습니다.',
  },
  importNoHead: {
    status: 409,
    en: 'Its commits ({sha}) are not at the source any more.',
    ko: '커밋({sha})이 원본에 더 이상 없습니다.',
  },
  importPlace: {
    status: 409,
    en: 'The line it was written on is not known any more; it is kept as a general comment.',
    ko: '댓글이 달린 줄을 더 이상 알 수 없어 일반 댓글로 옮겼습니다.',
  },
  importApprovals: {
    status: 409,
    en: 'Approvals of open pull requests do not count here; they are kept as comments.',
    ko: '열린 풀 리퀘스트의 승인은 여기서 인정하지 않으며 댓글로 남깁니다.',
  },
  importDiverged: {
    status: 409,
    en: 'It went another way here since; it is left as it is.',
    ko: '여기에서 다르게 바뀌어 그대로 두었습니다.',
  },
  importRefName: {
    status: 409,
    en: 'This name cannot be used here.',
    ko: '여기서 쓸 수 없는 이름입니다.',
  },
  importLfsGone: {
    status: 409,
    en: 'The source has this object no more: {reason}.',
    ko: '원본에 이 객체가 없습니다: {reason}.',
  },
})
