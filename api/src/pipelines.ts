import type { z as zod } from 'zod'
import { endpoint } from './endpoint.ts'
import { defineErrors } from './errors.ts'
import { type Infer, z } from './schema.ts'

export const runStates = ['queued', 'running', 'paused', 'finished'] as const
/** Jenkins' own words, from best to worst. */
export const runResults = ['SUCCESS', 'UNSTABLE', 'FAILURE', 'NOT_BUILT', 'ABORTED'] as const
export type RunResult = (typeof runResults)[number]

export const runCause = z.object({
  kind: z.enum(['push', 'manual', 'cron', 'rerun', 'upstream']),
  /** As the log's first line says it: `Started by user kim`. */
  text: z.string(),
})
export type RunCause = Infer<typeof runCause>

export const parameterValue = z.union([z.string(), z.boolean()])
export const parameterDefinition = z.object({
  kind: z.enum(['string', 'text', 'boolean', 'choice', 'password']),
  name: z.string(),
  description: z.string(),
  default: parameterValue,
  choices: z.array(z.string()).optional(),
})
export type ParameterDefinition = Infer<typeof parameterDefinition>

export const run = z.object({
  id: z.string(),
  project: z.string(),
  repo: z.string(),
  branch: z.string(),
  /** `branch` is the name of a tag. */
  isTag: z.boolean(),
  number: z.number().int(),
  state: z.enum(runStates),
  result: z.enum(runResults).optional(),
  commit: z.string(),
  commitTitle: z.string(),
  cause: runCause,
  /** Passwords are left out. */
  parameters: z.record(z.string(), parameterValue),
  /** Why a queued run waits, or what a finished one says of itself. */
  description: z.string().optional(),
  tests: z.object({ passed: z.number(), failed: z.number(), skipped: z.number() }).optional(),
  queuedAt: z.string(),
  startedAt: z.string().optional(),
  finishedAt: z.string().optional(),
  /** Path of its page. */
  url: z.string(),
})
export type Run = Infer<typeof run>

export const job = z.object({
  id: z.string(),
  project: z.string(),
  repo: z.string(),
  branch: z.string(),
  /** `branch` is the name of a tag. */
  isTag: z.boolean(),
  /** Undefined while the branch has a Jenkinsfile; `turnedOff` is what a person did. */
  disabled: z.enum(['branchDeleted', 'noJenkinsfile', 'turnedOff']).optional(),
  parameters: z.array(parameterDefinition),
  cron: z.array(z.string()),
  lastRun: run.optional(),
  url: z.string(),
})
export type Job = Infer<typeof job>

/** A stage, parallel branch or group of post steps; `id` also filters the log. */
export const runStage = z.object({
  id: z.string(),
  parent: z.string().optional(),
  name: z.string(),
  kind: z.enum(['stage', 'branch', 'post']),
  state: z.enum(['running', 'paused', 'finished']),
  result: z.enum([...runResults, 'SKIPPED']).optional(),
  startedAt: z.string(),
  finishedAt: z.string().optional(),
})
export type RunStage = Infer<typeof runStage>

export const runInput = z.object({
  id: z.string(),
  message: z.string(),
  ok: z.string(),
  submitter: z.string().optional(),
  parameters: z.array(parameterDefinition),
})
export type RunInput = Infer<typeof runInput>

export const runDetail = run.extend({ stages: z.array(runStage), inputs: z.array(runInput) })
export type RunDetail = Infer<typeof runDetail>

export const testStatuses = ['passed', 'failed', 'skipped'] as const
export const testResult = z.object({
  suite: z.string(),
  className: z.string(),
  name: z.string(),
  status: z.enum(testStatuses),
  durationMs: z.number(),
  message: z.string().optional(),
  stackTrace: z.string().optional(),
  output: z.string().optional(),
})
export type TestResult = Infer<typeof testResult>

const ratio = z.object({
  covered: z.number(),
  total: z.number(),
  /** Left out when there is nothing to cover. */
  percent: z.number().optional(),
})
const gate = z.enum(['passed', 'unstable', 'failed'])
const issueItem = z.object({
  file: z.string(),
  /** From 1; 0 when the report doesn't say. */
  line: z.number(),
  column: z.number(),
  severity: z.enum(['error', 'high', 'normal', 'low']),
  type: z.string(),
  category: z.string(),
  message: z.string(),
  isNew: z.boolean(),
})
export const runReports = z.object({
  coverage: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      line: ratio,
      branch: ratio,
      /** What its quality gates came to; left out when it has none. */
      gate: gate.optional(),
      /** In percentage points against the target branch of its pull request, or the run before. */
      lineChange: z.number().optional(),
      fileCount: z.number(),
      /** Those with the most uncovered lines first, 500 at most. */
      files: z.array(z.object({ path: z.string(), line: ratio, branch: ratio })),
    }),
  ),
  issues: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      total: z.number(),
      added: z.number(),
      fixed: z.number(),
      error: z.number(),
      high: z.number(),
      normal: z.number(),
      low: z.number(),
      gate: gate.optional(),
      /** 500 at most. */
      items: z.array(issueItem),
    }),
  ),
  /** Tests that failed and passed on the same commit. */
  flakyTests: z.array(z.object({ className: z.string(), name: z.string() })),
  /** Tests of the last runs, the oldest first. */
  trend: z.array(
    z.object({
      number: z.number(),
      passed: z.number(),
      failed: z.number(),
      skipped: z.number(),
    }),
  ),
})
export type RunReports = Infer<typeof runReports>

export const credentialKinds = ['secretText', 'usernamePassword', 'file', 'sshKey'] as const
/** A stored credential without its secret, which is never given out. */
export const credential = z.object({
  id: z.string(),
  kind: z.enum(credentialKinds),
  description: z.string(),
  username: z.string().optional(),
  fileName: z.string().optional(),
  updatedAt: z.string(),
})
export type Credential = Infer<typeof credential>

const credentialId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/)
export const credentialInput = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('secretText'),
    id: credentialId,
    description: z.string().default(''),
    secret: z.string().min(1).max(100_000),
  }),
  z.object({
    kind: z.literal('usernamePassword'),
    id: credentialId,
    description: z.string().default(''),
    username: z.string().max(500),
    password: z.string().max(100_000),
  }),
  z.object({
    kind: z.literal('file'),
    id: credentialId,
    description: z.string().default(''),
    fileName: z.string().regex(/^[^/\\\0]{1,200}$/),
    contentBase64: z.base64().max(2_000_000),
  }),
  z.object({
    kind: z.literal('sshKey'),
    id: credentialId,
    description: z.string().default(''),
    username: z.string().max(500),
    privateKey: z.string().min(1).max(100_000),
    passphrase: z.string().max(1000).optional(),
  }),
])
export type CredentialInput = zod.input<typeof credentialInput>

/** What is wrong with a Jenkinsfile, in Jenkins' words; line and column count from 1. */
export const jenkinsfileFinding = z.object({
  message: z.string(),
  line: z.number(),
  column: z.number(),
})
export type JenkinsfileFinding = Infer<typeof jenkinsfileFinding>

const projectPath = z.object({ project: z.string() })
const runPath = z.object({ project: z.string(), run: z.string() })
const paged = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().optional(),
}
const developer = { project: 'developer' } as const
const viewer = { project: 'viewer' } as const
const maintainer = { project: 'maintainer' } as const

export const pipelinesEndpoints = {
  jobList: endpoint({
    method: 'GET',
    path: '/api/projects/:project/jobs',
    access: viewer,
    params: projectPath,
    query: z.object({ repo: z.string().optional(), ...paged }),
    result: z.object({ items: z.array(job), nextCursor: z.string().optional() }),
  }),
  runList: endpoint({
    method: 'GET',
    path: '/api/projects/:project/runs',
    access: viewer,
    params: projectPath,
    query: z.object({
      repo: z.string().optional(),
      branch: z.string().optional(),
      commit: z.string().optional(),
      state: z.enum(runStates).optional(),
      number: z.coerce.number().int().optional(),
      ...paged,
    }),
    result: z.object({ items: z.array(run), nextCursor: z.string().optional() }),
  }),
  runStart: endpoint({
    method: 'POST',
    path: '/api/projects/:project/runs',
    access: developer,
    params: projectPath,
    body: z.object({
      repo: z.string(),
      branch: z.string(),
      parameters: z.record(z.string(), parameterValue).default({}),
    }),
    result: run,
  }),
  runGet: endpoint({
    method: 'GET',
    path: '/api/projects/:project/runs/:run',
    access: viewer,
    params: runPath,
    result: runDetail,
  }),
  /** Text from a byte offset; `stage` gives one stage's part, with offsets of its own. */
  runLog: endpoint({
    method: 'GET',
    path: '/api/projects/:project/runs/:run/log',
    access: viewer,
    params: runPath,
    query: z.object({
      offset: z.coerce.number().int().min(0).default(0),
      limitBytes: z.coerce.number().int().min(1).max(4_000_000).default(1_000_000),
      stage: z.string().optional(),
      /** Also which stage each part of the text belongs to: for stages that run side by side. */
      marks: z.stringbool().default(false),
    }),
    result: z.object({
      text: z.string(),
      nextOffset: z.number(),
      marks: z
        .array(z.object({ stage: z.string().optional(), characters: z.number().int() }))
        .optional(),
      /** Nothing will follow. */
      isWhole: z.boolean(),
    }),
  }),
  runTests: endpoint({
    method: 'GET',
    path: '/api/projects/:project/runs/:run/tests',
    access: viewer,
    params: runPath,
    query: z.object({ status: z.enum(testStatuses).optional(), ...paged }),
    result: z.object({ items: z.array(testResult), nextCursor: z.string().optional() }),
  }),
  /** What the run's tools reported: coverage, issues; and how its tests went lately. */
  runReports: endpoint({
    method: 'GET',
    path: '/api/projects/:project/runs/:run/reports',
    access: viewer,
    params: runPath,
    result: runReports,
  }),
  runAbort: endpoint({
    method: 'POST',
    path: '/api/projects/:project/runs/:run/abort',
    access: developer,
    params: runPath,
    result: run,
  }),
  runAgain: endpoint({
    method: 'POST',
    path: '/api/projects/:project/runs/:run/again',
    access: developer,
    params: runPath,
    result: run,
  }),
  /** The file a run ran, and the stages it may be restarted from. */
  runJenkinsfile: endpoint({
    method: 'GET',
    path: '/api/projects/:project/runs/:run/jenkinsfile',
    access: viewer,
    params: runPath,
    result: z.object({ jenkinsfile: z.string(), stages: z.array(z.string()) }),
  }),
  /** The same commit and parameters with an edited Jenkinsfile. */
  runReplay: endpoint({
    method: 'POST',
    path: '/api/projects/:project/runs/:run/replay',
    access: developer,
    params: runPath,
    body: z.object({ jenkinsfile: z.string().min(1).max(1_000_000) }),
    result: run,
  }),
  /** A new run that begins with a top-level stage of a finished Declarative one. */
  runRestart: endpoint({
    method: 'POST',
    path: '/api/projects/:project/runs/:run/restart',
    access: developer,
    params: runPath,
    body: z.object({ stage: z.string() }),
    result: run,
  }),
  inputSubmit: endpoint({
    method: 'POST',
    path: '/api/projects/:project/runs/:run/inputs/:input',
    access: developer,
    params: z.object({ project: z.string(), run: z.string(), input: z.string() }),
    body: z.object({
      proceed: z.boolean(),
      parameters: z.record(z.string(), parameterValue).default({}),
    }),
    result: run,
  }),
  credentialList: endpoint({
    method: 'GET',
    path: '/api/projects/:project/credentials',
    access: maintainer,
    params: projectPath,
    result: z.object({ items: z.array(credential) }),
  }),
  /** Makes a credential, or replaces the one with the same id. */
  credentialPut: endpoint({
    method: 'POST',
    path: '/api/projects/:project/credentials',
    access: maintainer,
    params: projectPath,
    body: credentialInput,
    result: credential,
  }),
  credentialDelete: endpoint({
    method: 'DELETE',
    path: '/api/projects/:project/credentials/:credential',
    access: maintainer,
    params: z.object({ project: z.string(), credential: z.string() }),
    result: z.object({}),
  }),
  jenkinsfileValidate: endpoint({
    method: 'POST',
    path: '/api/projects/:project/jenkinsfile/validate',
    access: viewer,
    params: projectPath,
    body: z.object({ jenkinsfile: z.string().max(1_000_000) }),
    result: z.object({ isValid: z.boolean(), findings: z.array(jenkinsfileFinding) }),
  }),
}

export const pipelinesErrors = defineErrors({
  jobNotFound: {
    status: 404,
    en: 'Branch {branch} of {repo} has no Jenkinsfile.',
    ko: '{repo}의 {branch} 브랜치에는 Jenkinsfile이 없습니다.',
  },
  repoBuilding: {
    status: 409,
    en: 'Runs of {repo} are under way. Let them end, or abort them, and move it then.',
    ko: '{repo}의 실행이 진행 중입니다. 끝나기를 기다리거나 중단한 뒤 옮기세요.',
  },
  repoHadRuns: {
    status: 409,
    en: '{project} keeps runs or artifacts of an earlier repository {repo}, which would be taken for its own.',
    ko: '{project}에 예전 저장소 {repo}의 실행이나 아티팩트가 남아 있어 섞이게 됩니다.',
  },
  runNotFound: { status: 404, en: 'There is no run {run}.', ko: '실행 {run}이(가) 없습니다.' },
  runFinished: {
    status: 409,
    en: 'Run {run} is finished already.',
    ko: '실행 {run}은(는) 이미 끝났습니다.',
  },
  inputNotFound: {
    status: 404,
    en: 'Nobody waits for the input {input}; it may have been answered.',
    ko: '입력 {input}을(를) 기다리는 실행이 없습니다. 이미 답했을 수 있습니다.',
  },
  inputForbidden: {
    status: 403,
    en: 'Only {submitter} may answer this.',
    ko: '{submitter}만 답할 수 있습니다.',
  },
  parameterUnknown: {
    status: 400,
    en: 'The pipeline has no parameter {name}.',
    ko: '파이프라인에 매개변수 {name}이(가) 없습니다.',
  },
  parameterChoice: {
    status: 400,
    en: '{name} has to be one of {choices}.',
    ko: '{name}은(는) {choices} 중 하나여야 합니다.',
  },
  credentialNotFound: {
    status: 404,
    en: 'There is no credential {credential}.',
    ko: '자격 증명 {credential}이(가) 없습니다.',
  },
  stageNotRestartable: {
    status: 409,
    en: 'The run cannot be restarted from the stage {stage}.',
    ko: '{stage} 단계부터 다시 시작할 수 없는 실행입니다.',
  },
  stageNotFound: {
    status: 404,
    en: 'The run has no stage {stage}.',
    ko: '실행에 {stage} 단계가 없습니다.',
  },
})
