import { endpoint } from './endpoint.ts'
import { defineErrors } from './errors.ts'
import { pageOf, paging } from './paging.ts'
import { type Infer, z } from './schema.ts'

export const deploymentStatuses = ['succeeded', 'failed', 'removed'] as const

export const deployment = z.object({
  id: z.string(),
  project: z.string(),
  environment: z.string(),
  /** What was deployed: the stack's tag `madang:service`, else the stack's name. */
  service: z.string(),
  stackId: z.string(),
  stackName: z.string(),
  /** A tag, parameter or output called version, else the commit's first digits, else the template's. */
  version: z.string(),
  status: z.enum(deploymentStatuses),
  /** CloudFormation's own word. */
  stackStatus: z.string(),
  reason: z.string().optional(),
  /** The run whose credentials changed the stack; none: outside a run. */
  run: z.object({ id: z.string(), label: z.string(), url: z.string() }).optional(),
  commit: z.object({ repo: z.string(), sha: z.string(), url: z.string() }).optional(),
  /** Who: `person:<id>`, `run:<id>`, or the ARN of an AWS identity. */
  actor: z.string(),
  actorName: z.string(),
  at: z.string(),
  templateHash: z.string(),
  /** Its template and parameters are kept, so it can be gone back to. */
  canRollBack: z.boolean(),
  /** The deployment whose state this one brought back. */
  rollbackOf: z.string().optional(),
  isCurrent: z.boolean(),
  endpoints: z.array(z.string()),
})
export type Deployment = Infer<typeof deployment>

export const environment = z.object({
  name: z.string(),
  /** What it was called before: stacks' tags, Jenkinsfiles and links mean it by them still. */
  formerNames: z.array(z.string()),
  project: z.string(),
  /** Place in the order from first to last, 1 at first. */
  position: z.number().int(),
  /** One for each service that is there. */
  current: z.array(deployment),
  /** The newest one, whatever came of it. */
  latest: deployment.optional(),
})
export type Environment = Infer<typeof environment>

export const releaseCommit = z.object({
  repo: z.string(),
  sha: z.string(),
  title: z.string(),
  author: z.string(),
  at: z.string(),
  url: z.string(),
  /** Keys of the issues it names. */
  issues: z.array(z.string()),
})
export type ReleaseCommit = Infer<typeof releaseCommit>

/** What came with a deployment since an earlier one of the same service and environment. */
export const releaseChanges = z.object({
  from: deployment.optional(),
  to: deployment,
  /** Newest first, at most 250. */
  commits: z.array(releaseCommit),
  /** Commits that `from` had and `to` has not: what a rollback takes back. */
  removedCommits: z.array(releaseCommit),
  issues: z.array(z.string()),
})
export type ReleaseChanges = Infer<typeof releaseChanges>

/** A stack that runs of a pull request's branch made or changed while it was open, as it is now. */
export const preview = z.object({
  /** `replaced`: what runs there now came from elsewhere. */
  state: z.enum(['running', 'failed', 'removed', 'replaced']),
  /** The newest of the stack, whoever made it. */
  deployment,
})
export type Preview = Infer<typeof preview>

export const previewRule = z.object({
  /** Stacks that only the branch deployed go when its pull request is merged or declined. */
  removesClosed: z.boolean(),
})
export type PreviewRule = Infer<typeof previewRule>

const inProject = z.object({ project: z.string() })
const inRepo = inProject.extend({ repo: z.string() })
const repo = '/api/projects/:project/repos/:repo' as const
const oneDeployment = inProject.extend({ deployment: z.string() })

export const releasesEndpoints = {
  environmentList: endpoint({
    method: 'GET',
    path: '/api/projects/:project/environments',
    access: { project: 'viewer' },
    params: inProject,
    result: z.object({ items: z.array(environment) }),
  }),
  /** Puts the environments into an order; those not named come after. */
  environmentOrder: endpoint({
    method: 'PUT',
    path: '/api/projects/:project/environments/order',
    access: { project: 'maintainer' },
    params: inProject,
    body: z.object({ names: z.array(z.string().min(1).max(200)).max(100) }),
    result: z.object({ items: z.array(environment) }),
  }),
  environmentRename: endpoint({
    method: 'PATCH',
    path: '/api/projects/:project/environments/:environment',
    access: { project: 'maintainer' },
    params: inProject.extend({ environment: z.string() }),
    body: z.object({ name: z.string().trim().min(1).max(200) }),
    result: environment,
  }),
  deploymentList: endpoint({
    method: 'GET',
    path: '/api/projects/:project/deployments',
    access: { project: 'viewer' },
    params: inProject,
    query: z.object({
      environment: z.string().optional(),
      service: z.string().optional(),
      runId: z.string().optional(),
      ...paging,
    }),
    result: pageOf(deployment),
  }),
  deploymentGet: endpoint({
    method: 'GET',
    path: '/api/projects/:project/deployments/:deployment',
    access: { project: 'viewer' },
    params: oneDeployment,
    result: deployment,
  }),
  /** Without `since`: since the one before it that succeeded. */
  deploymentChanges: endpoint({
    method: 'GET',
    path: '/api/projects/:project/deployments/:deployment/changes',
    access: { project: 'viewer' },
    params: oneDeployment,
    query: z.object({ since: z.string().optional() }),
    result: releaseChanges,
  }),
  /** Brings its template and parameters back. The new deployment appears when the stack is through. */
  deploymentRollback: endpoint({
    method: 'POST',
    path: '/api/projects/:project/deployments/:deployment/rollback',
    access: { project: 'developer' },
    params: oneDeployment,
    body: z.object({}),
    result: z.object({ rollbackId: z.string(), stackId: z.string() }),
  }),
  /** Newest first. */
  previewList: endpoint({
    method: 'GET',
    path: `${repo}/pulls/:number/previews`,
    access: { project: 'viewer' },
    params: inRepo.extend({ number: z.coerce.number().int().positive() }),
    result: z.object({ items: z.array(preview) }),
  }),
  previewRuleGet: endpoint({
    method: 'GET',
    path: `${repo}/preview-rule`,
    access: { project: 'viewer' },
    params: inRepo,
    result: previewRule,
  }),
  previewRuleSet: endpoint({
    method: 'PUT',
    path: `${repo}/preview-rule`,
    access: { project: 'maintainer' },
    params: inRepo,
    body: previewRule,
    result: previewRule,
  }),
}

export const releasesErrors = defineErrors({
  environmentNotFound: {
    status: 404,
    en: 'There is no environment {name} in {project}.',
    ko: '{project}에 환경 {name}이(가) 없습니다.',
  },
  environmentExists: {
    status: 409,
    en: 'Something was deployed to {name} already, or it is there.',
    ko: '{name} 환경이 이미 있거나 그곳에 배포한 적이 있습니다.',
  },
  environmentNameKept: {
    status: 409,
    en: '{name} is what {environment} was called before; stacks and Jenkinsfiles mean it by that still.',
    ko: '{name}은(는) {environment}의 예전 이름입니다. 스택과 Jenkinsfile이 아직 그 이름으로 가리킵니다.',
  },
  deploymentNotFound: {
    status: 404,
    en: 'There is no deployment {id} in {project}.',
    ko: '{project}에 배포 {id}이(가) 없습니다.',
  },
  deploymentNotKept: {
    status: 409,
    en: 'The template of {id} was not kept, so it cannot be gone back to. Deploy it by a run.',
    ko: '{id}의 템플릿이 보관되지 않아 되돌릴 수 없습니다. 실행으로 다시 배포하세요.',
  },
  deploymentIsCurrent: {
    status: 409,
    en: '{id} is what runs now.',
    ko: '{id}은(는) 지금 실행 중인 배포입니다.',
  },
  rollbackRefused: {
    status: 409,
    en: 'The cloud refused the rollback: {reason}',
    ko: '클라우드가 되돌리기를 거절했습니다: {reason}',
  },
  rollbackCodeGone: {
    status: 409,
    en: 'The code of {id} is no longer in S3 ({place}). Deploy it again by a run.',
    ko: '{id}의 코드가 더 이상 S3에 없습니다({place}). 실행으로 다시 배포하세요.',
  },
})
