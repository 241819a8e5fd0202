import type { Kernel } from '../../../kernel/index.ts'
import {
  AwsError,
  type Decision,
  type IamRequest,
  type KnownCredential,
  type Principal,
  type RequestContext,
} from '../../gateway/index.ts'
import type { RoleSession, SessionCredentials, Sessions } from '../../deps.ts'
import {
  evaluate,
  explain,
  parsePolicy,
  type PolicyDocument,
  type Question,
  readPolicy,
  type Verdict,
} from '../../policy/index.ts'
import { createDenials, decodeDenial, type Denials, encodeDenial } from './denials.ts'
import { createIdentityProviders, type IdentityProviders } from './identity-providers.ts'
import { accountInKeyId, type Role } from './model.ts'
import type { LastUse } from './present.ts'
import { requestValues } from './request-values.ts'
import { createSessions, findRole, issueSession, principalOf } from './sessions.ts'
import { type IamStore, openIamStore } from './store.ts'
import { openSessionStore, type SessionStore } from './store-sessions.ts'
import { createStandings, type Standing } from './subjects.ts'
import { openUses, type Use, type Uses } from './uses.ts'
import { createWebIssuer, type WebIssuer } from './web-issuer.ts'

/** Who has which key, and who may do what: what the gateway asks of IAM. */
export interface Authority {
  store: IamStore
  sessionStore: SessionStore
  sessions: Sessions
  standingOf(principal: Principal): Standing
  findRole(roleArn: string): Role | undefined
  /** Who holds a session of the role; throws ValidationError for a bad session name. */
  principalOf(session: RoleSession, role: Role): Principal
  /** Temporary credentials of a principal, kept until they end. */
  issue(principal: Principal, expiresAtMs: number): Promise<SessionCredentials>
  /** The account of an access key, long-lived or temporary. */
  accountOf(accessKeyId: string): Promise<string | undefined>
  credential(
    accessKeyId: string,
  ): KnownCredential | undefined | Promise<KnownCredential | undefined>
  authorise(requests: IamRequest[], ctx: RequestContext): Decision
  /** When and with what users, roles and keys were used last. */
  uses: Uses
  keyUse(accessKeyId: string): Use | undefined
  roleUse(roleId: string): LastUse | undefined
  /** "Why denied?": the refusals of late, statement by statement. */
  denials: Denials
  /** What DecodeAuthorizationMessage answers; undefined for a text this cloud didn't make. */
  decodeDenial(encoded: string): string | undefined
  providers: IdentityProviders
  webIssuer: WebIssuer
  empty(): Promise<void>
}

const yes: Decision = { allowed: true }

export async function createAuthority(kernel: Kernel): Promise<Authority> {
  const store = await openIamStore(kernel)
  const sessionStore = openSessionStore(kernel)
  const standingOf = createStandings(store)
  const uses = await openUses(kernel)
  const denials = createDenials()
  const refuse = refuser(kernel, denials)
  return {
    store,
    sessionStore,
    standingOf,
    findRole: (roleArn) => findRole(store, roleArn),
    principalOf,
    issue: (principal, expiresAtMs) => issueSession(sessionStore, principal, expiresAtMs),
    accountOf: (accessKeyId) => accountOf(store, sessionStore, accessKeyId),
    sessions: createSessions(kernel, store, sessionStore),
    uses,
    keyUse: (accessKeyId) => uses.of(accessKeyId),
    roleUse: (roleId) => uses.of(roleId),
    denials,
    decodeDenial: (encoded) => decodeDenial(kernel.secrets, encoded),
    providers: createIdentityProviders(kernel, store),
    webIssuer: createWebIssuer(kernel, store),
    async empty() {
      await store.clear()
      await sessionStore.clear()
      await uses.clear()
      denials.clear()
    },
    credential: createCredentials(kernel, store, sessionStore),
    authorise(requests, ctx) {
      if (requests.length > 0) uses.record(ctx, requests[0]!.action)
      for (const request of requests) {
        const refused = refusedBy(request, ctx, standingOf)
        if (refused) return refuse(refused, ctx)
      }
      return yes
    },
  }
}

interface Refused {
  question: Question
  verdict: Verdict
}

function refusedBy(
  request: IamRequest,
  ctx: RequestContext,
  standingOf: (principal: Principal) => Standing,
): Refused | undefined {
  const { principal } = ctx
  const resourceAccount = request.resourceAccount ?? ctx.account
  const owner = principal.kind === 'root' && principal.account === resourceAccount
  // Most requests on one's own machine: nothing could say no.
  if (owner && request.resourcePolicy === undefined) return undefined
  const question = new RequestQuestion(request, ctx, standingOf(principal))
  const verdict = evaluate(question)
  return verdict.decision === 'allowed' ? undefined : { question, verdict }
}

function refuser({ secrets }: Kernel, denials: Denials) {
  return ({ question, verdict }: Refused, ctx: RequestContext): Decision => {
    denials.record(question, verdict, ctx)
    // S3 tells an unsigned caller nothing but "Access Denied".
    if (ctx.principal.kind === 'anonymous') return { allowed: false }
    const message = explain(question, verdict)
    if (!question.action.startsWith('ec2:')) return { allowed: false, message }
    const encoded = encodeDenial(secrets, question, verdict)
    return {
      allowed: false,
      message: `${message}. Encoded authorization failure message: ${encoded}`,
    }
  }
}

const intoRole = /^sts:(?:AssumeRole|TagSession|SetSourceIdentity)$/i

/** A class, and members set only where there is something: it is made for every request. */
class RequestQuestion implements Question {
  readonly subject: Question['subject']
  readonly action: string
  readonly resource: string
  readonly resourceAccount: string
  readonly identity: Question['identity']
  readonly needsResourcePolicy: boolean
  readonly boundary?: NonNullable<Question['boundary']>
  readonly session?: NonNullable<Question['session']>
  readonly resourcePolicy?: PolicyDocument
  readonly #from: { request: IamRequest; ctx: RequestContext; standing: Standing }
  #values: Question['values'] | undefined

  constructor(request: IamRequest, ctx: RequestContext, standing: Standing) {
    this.#from = { request, ctx, standing }
    this.subject = standing.subject
    this.action = request.action
    this.resource = request.resource
    this.resourceAccount = request.resourceAccount ?? ctx.account
    this.identity = standing.identity
    // A trust policy is the only way into a role, also for its own account.
    this.needsResourcePolicy = request.needsResourcePolicy === true || intoRole.test(request.action)
    if (standing.boundary) this.boundary = standing.boundary
    const { sessionPolicies } = ctx.principal
    if (sessionPolicies?.length) {
      this.session = sessionPolicies.map((text, index) => ({
        name: `session policy ${index + 1}`,
        document: parsePolicy(text),
      }))
    }
    if (request.resourcePolicy !== undefined) this.resourcePolicy = policyOf(request)
  }

  /** Most policies ask for no value of the request, and twenty of them are not free. */
  get values(): Question['values'] {
    const { request, ctx, standing } = this.#from
    return (this.#values ??= requestValues(standing, ctx, request))
  }
}

const policyOf = ({ resourcePolicy }: IamRequest): PolicyDocument =>
  typeof resourcePolicy === 'string' ? parsePolicy(resourcePolicy) : readPolicy(resourcePolicy)

async function accountOf(store: IamStore, sessionStore: SessionStore, accessKeyId: string) {
  const session = await sessionStore.get(accessKeyId)
  if (session) return session.principal.account
  const hasKey = (account: string) =>
    store
      .account(account)
      .list('user')
      .some(({ keys }) => keys.some(({ id }) => id === accessKeyId))
  return store.accounts().find(hasKey) ?? accountInKeyId(accessKeyId)
}

function createCredentials(
  kernel: Kernel,
  store: IamStore,
  sessionStore: SessionStore,
): Authority['credential'] {
  const userKeys = createUserKeys(kernel, store)
  const isShared = kernel.database.dialect === 'postgres'
  return (accessKeyId) => {
    if (accessKeyId.startsWith('ASIA')) return sessionStore.get(accessKeyId)
    const known = userKeys(accessKeyId)
    if (known || !isShared || !accessKeyId.startsWith('AKIA')) return known
    // Made on another server a moment ago, maybe.
    return store.refresh().then(() => userKeys(accessKeyId))
  }
}

/** Access keys of users, opened once and kept until an entity changes. */
function createUserKeys(kernel: Kernel, store: IamStore) {
  let byId: Map<string, KnownCredential | 'inactive'> | undefined
  store.onChange(() => (byId = undefined))
  return (accessKeyId: string) => {
    byId ??= openKeys(kernel, store)
    const known = byId.get(accessKeyId)
    // Not `undefined`: in open mode a key that nobody knows is root.
    if (known === 'inactive') throw inactiveKey()
    return known
  }
}

const inactiveKey = () =>
  new AwsError('InvalidClientTokenId', 'The security token included in the request is invalid.', {
    status: 403,
  })

function openKeys({ secrets }: Kernel, store: IamStore) {
  const byId = new Map<string, KnownCredential | 'inactive'>()
  for (const account of store.accounts()) {
    for (const user of store.account(account).list('user')) {
      for (const key of user.keys) {
        if (key.status === 'Inactive') byId.set(key.id, 'inactive')
        else
          byId.set(key.id, {
            secretAccessKey: secrets.open(key.sealedSecret, `cloud-iam-key:${key.id}`),
            principal: {
              kind: 'user',
              account,
              arn: user.arn,
              userId: user.id,
              accessKeyId: key.id,
            },
          })
      }
    }
  }
  return byId
}
