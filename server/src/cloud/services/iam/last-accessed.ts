import { randomUUID } from 'node:crypto'
import type { Iam, Operations } from '../../gateway/index.ts'
import { matches, type PolicyDocument, serviceTitles } from '../../policy/index.ts'
import type { Authority } from './authority.ts'
import { invalidInput, noSuchEntity } from './model.ts'
import { pageOf } from './paging.ts'
import type { AccountView } from './store.ts'
import { sourcedPolicies } from './subjects.ts'
import type { ServiceUse, Uses } from './uses.ts'
import { wholeSecond } from '../../whole-second.ts'

interface AccessJob {
  arn: string
  granularity: string
}

interface Bearer {
  arn: string
  name: string
  id: string
  kind: 'USER' | 'ROLE' | 'GROUP'
  path: string
}

interface EntityUse {
  bearer: Bearer
  use: ServiceUse
}

/** From what was really asked of this cloud since its data folder was made. */
export function lastAccessedOperations({ store, uses }: Authority) {
  return {
    GenerateServiceLastAccessedDetails: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const arn = input.Arn ?? ''
        if (bearersOf(account, arn).length === 0 && !isGroupOrPolicy(account, arn)) {
          throw noSuchEntity(`ARN ${arn} does not exist.`)
        }
        const id = randomUUID()
        const body: AccessJob = { arn, granularity: input.Granularity ?? 'SERVICE_LEVEL' }
        account.put('task', id, { createdAt: ctx.now, body })
        return { JobId: id }
      }),
    GetServiceLastAccessedDetails(input, ctx) {
      const view = store.account(ctx.account)
      const { job, createdAt } = jobOf(view, input.JobId)
      const bearers = bearersOf(view, job.arn)
      const granted = grantedServices(view, job.arn)
      const { items, tail } = pageOf(granted, input)
      return {
        ...finished(createdAt),
        JobType: job.granularity as 'SERVICE_LEVEL' | 'ACTION_LEVEL',
        ServicesLastAccessed: items.map((namespace) => {
          const found = usesOf(uses, bearers, namespace)
          return { ...presentService(namespace, found), ...actionsOf(job, found) }
        }),
        ...tail,
      }
    },
    GetServiceLastAccessedDetailsWithEntities(input, ctx) {
      const view = store.account(ctx.account)
      const { job, createdAt } = jobOf(view, input.JobId)
      const found = usesOf(uses, bearersOf(view, job.arn), input.ServiceNamespace ?? '')
      const { items, tail } = pageOf(found, input)
      return {
        ...finished(createdAt),
        EntityDetailsList: items.map(({ bearer, use }) => ({
          EntityInfo: {
            Arn: bearer.arn,
            Name: bearer.name,
            Type: bearer.kind,
            Id: bearer.id,
            Path: bearer.path,
          },
          LastAuthenticated: wholeSecond(use.at),
        })),
        ...tail,
      }
    },
    ListPoliciesGrantingServiceAccess(input, ctx) {
      const view = store.account(ctx.account)
      const policies = sourcedPolicies(view, input.Arn ?? '')
      if (!policies) throw noSuchEntity(`ARN ${input.Arn} does not exist.`)
      return {
        PoliciesGrantingServiceAccess: (input.ServiceNamespaces ?? []).map((namespace) => ({
          ServiceNamespace: namespace,
          Policies: policies
            .filter(({ document }) => grants(document, namespace))
            .map(({ document: _document, ...policy }) => policy),
        })),
        IsTruncated: false,
      }
    },
  } satisfies Operations<Iam>
}

const finished = (createdAt: number) => ({
  JobStatus: 'COMPLETED' as const,
  JobCreationDate: wholeSecond(createdAt),
  JobCompletionDate: wholeSecond(createdAt),
})

function jobOf(view: AccountView, id = ''): { job: AccessJob; createdAt: number } {
  const task = view.get('task', id)
  if (!task) throw noSuchEntity(`The job id ${id} does not exist.`)
  const job = task.body as Partial<AccessJob>
  if (job.arn === undefined) throw invalidInput(`The job id ${id} is not valid.`)
  return { job: job as AccessJob, createdAt: task.createdAt }
}

/** Whose use counts for the ARN: itself, a group's members, or whoever has the policy. */
function bearersOf(view: AccountView, arn: string): Bearer[] {
  const users = view.list('user').map((user) => ({ ...user, kind: 'USER' as const }))
  const roles = view.list('role').map((role) => ({ ...role, kind: 'ROLE' as const }))
  const groups = view.list('group')
  const hasPolicy = (name: string) =>
    groups.find((group) => group.name === name)?.attached.includes(arn)
  const group = groups.find((each) => each.arn === arn)
  return [
    ...users.filter(
      (user) =>
        user.arn === arn ||
        user.attached.includes(arn) ||
        user.groups.some((name) => name === group?.name || hasPolicy(name)),
    ),
    ...roles.filter((role) => role.arn === arn || role.attached.includes(arn)),
  ]
}

const isGroupOrPolicy = (view: AccountView, arn: string) =>
  view.list('group').some((group) => group.arn === arn) ||
  view.list('policy').some((policy) => policy.arn === arn) ||
  arn.startsWith('arn:aws:iam::aws:policy/')

function grantedServices(view: AccountView, arn: string): string[] {
  const documents = (sourcedPolicies(view, arn) ?? []).map(({ document }) => document)
  return Object.keys(serviceTitles())
    .filter((namespace) => documents.some((document) => grants(document, namespace)))
    .sort()
}

/** Whether a statement allows any action of the service. */
function grants(document: PolicyDocument, namespace: string): boolean {
  return document.statements.some(({ effect, actions, notActions }) => {
    if (effect !== 'Allow') return false
    if (notActions) return !notActions.includes(`${namespace}:*`) && !notActions.includes('*')
    return (actions ?? []).some((action) => {
      return matches(action.toLowerCase().split(':')[0]!, namespace)
    })
  })
}

function usesOf(uses: Uses, bearers: Bearer[], namespace: string): EntityUse[] {
  return bearers
    .flatMap((bearer) => {
      const use = uses.of(bearer.id)?.services[namespace]
      return use ? [{ bearer, use }] : []
    })
    .sort((a, b) => b.use.at - a.use.at)
}

function presentService(namespace: string, found: EntityUse[]) {
  const [last] = found
  return {
    ServiceName: serviceTitles()[namespace] ?? namespace,
    ServiceNamespace: namespace,
    TotalAuthenticatedEntities: found.length,
    ...(last && {
      LastAuthenticated: wholeSecond(last.use.at),
      LastAuthenticatedEntity: last.bearer.arn,
      LastAuthenticatedRegion: last.use.region,
    }),
  }
}

function actionsOf({ granularity }: AccessJob, found: EntityUse[]) {
  const [last] = found
  if (granularity !== 'ACTION_LEVEL' || !last) return {}
  return {
    TrackedActionsLastAccessed: Object.entries(last.use.actions).map(([ActionName, at]) => ({
      ActionName,
      LastAccessedEntity: last.bearer.arn,
      LastAccessedTime: wholeSecond(at),
      LastAccessedRegion: last.use.region,
    })),
  }
}
