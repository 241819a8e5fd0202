import type { Principal } from '../../gateway/index.ts'
import type { RemovalPolicy, Structure } from './template/index.ts'

export type { Structure, Value } from './template/index.ts'

export interface Tag {
  Key: string
  Value: string
}

/** What a stack was last asked to be: enough to make it again. */
export interface StackInput {
  /** As it was sent, before transforms. */
  templateText: string
  /** After its transforms, as JSON, where macros or files had a part in it. */
  processedText?: string
  /** Why a transform failed: a stack of such a template is rolled back at once. */
  brokenBy?: string
  /** Text of every parameter, also those without echo. */
  parameters: Record<string, string>
  /** What came from Parameter Store, by the parameter's key or the text of the dynamic reference. */
  stored?: Record<string, string>
  tags: Tag[]
  capabilities: string[]
  notificationArns: string[]
  roleArn?: string
  rollback?: RollbackTriggers
}

/** Alarms that take a change back, and how long they are watched after it. */
export interface RollbackTriggers {
  triggers?: { arn: string; type: string }[]
  minutes?: number
}

export interface StackOutput {
  key: string
  value: string
  description?: string
  exportName?: string
}

export interface Stack extends StackInput {
  stackId: string
  name: string
  account: string
  region: string
  status: string
  statusReason?: string
  description?: string
  createdAtMs: number
  updatedAtMs?: number
  deletedAtMs?: number
  outputs: StackOutput[]
  onFailure: 'ROLLBACK' | 'DELETE' | 'DO_NOTHING'
  timeoutMinutes?: number
  terminationProtection: boolean
  stackPolicy?: string
  parentId?: string
  /** The resource of its parent that it is to become, while it is only reviewed. */
  reviewedAs?: string
  rootId?: string
  changeSetId?: string
  /** Client request tokens seen, with what each began. */
  tokens: Record<string, string>
  originUrl: string
  /** Of the last look at what its resources have become. */
  drift?: { detectionId: string; status: 'IN_SYNC' | 'DRIFTED'; atMs: number; drifted: number }
  /** Key of the project that made it first; whoever changes it later, by hand for instance. */
  project?: string
}

export interface Resource {
  logicalId: string
  type: string
  physicalId?: string
  status: string
  statusReason?: string
  updatedAtMs: number
  properties: Structure
  attributes: Structure
  /** Stack tags it was made with, for those types that carry them. */
  tags: Tag[]
  dependsOn: string[]
  deletionPolicy: RemovalPolicy
  updateReplacePolicy: RemovalPolicy
  metadata?: string
  creationPolicy?: Structure
  drift?: ResourceDrift
}

/** How a resource differs from its template: `expected` and `actual` hold what was compared. */
export interface ResourceDrift {
  status: 'IN_SYNC' | 'MODIFIED' | 'DELETED'
  atMs: number
  expected: Structure
  actual?: Structure
  differences: {
    path: string
    kind: 'ADD' | 'REMOVE' | 'NOT_EQUAL'
    expected: string
    actual: string
  }[]
}

export interface StackEvent {
  eventId: string
  atMs: number
  logicalId: string
  physicalId: string
  type: string
  status: string
  reason?: string
  properties?: string
  token?: string
}

/** Who executes: the caller, or the role given for it. */
export interface Executor {
  principal: Principal
  region: string
  account: string
  originUrl: string
  /** Set where CloudFormation acts in the caller's own name, and not in a role's. */
  via?: readonly string[]
}

export type OperationKind = 'create' | 'update' | 'delete' | 'import'
export type Phase = 'forward' | 'cleanup' | 'rollback' | 'rollbackCleanup'

export interface Operation {
  id: string
  stackId: string
  kind: OperationKind
  phase: Phase
  caller: Executor
  token?: string
  startedAtMs: number
  /** What the stack is to become; absent for a deletion. */
  target?: StackInput
  /** What it was before, to go back to. */
  before?: { input: StackInput; resources: Record<string, Resource>; outputs: StackOutput[] }
  /** Physical ids of what is taken in, by logical id. */
  imports?: Record<string, string>
  disableRollback: boolean
  cancelled: boolean
  failure?: string
  retain: string[]
  /** Going back removes what this operation made, whatever its deletion policy says. */
  isRetainExceptOnCreate?: boolean
  /** A deletion that ends although some of its resources will not go. */
  isForced?: boolean
  /** Resources a continued rollback passes over. */
  skip: string[]
  /** The stack policy that holds while this update goes on. */
  policy?: string
  /** `policy` is this update's own, and not the stack's. */
  isPolicyPassing?: boolean
  /** What the stack's policy becomes when the update has been made. */
  nextPolicy?: string
}

/** One journal line: a thing the operation does to one resource. */
export interface Step {
  key: string
  logicalId: string
  action: 'create' | 'update' | 'replace' | 'delete' | 'restore' | 'import'
  state: 'started' | 'done' | 'failed'
  /** Decided before the first call: the name to be given, unguessable and the same after a crash. */
  suffix: string
  physicalId?: string
  /** What a provider wrote down before it acted. */
  notes: Structure
  /** The one to remove afterwards, of a replacement. */
  replaced?: Resource
  /** What an update tried to set, so that going back knows what may be there. */
  attempted?: Structure
}

/** Whether a change set has prepared this stack in the place of a resource of another. */
export function isReviewedFor(stack: Stack, parentId: string, logicalId: string): boolean {
  const isReviewed = stack.status === 'REVIEW_IN_PROGRESS' && stack.reviewedAs === logicalId
  return isReviewed && stack.parentId === parentId
}

export interface ChangeSet {
  changeSetId: string
  name: string
  stackId: string
  stackName: string
  kind: 'CREATE' | 'UPDATE' | 'IMPORT'
  description?: string
  createdAtMs: number
  status: string
  statusReason?: string
  executionStatus: string
  input: StackInput
  changes: ResourceChange[]
  /** Physical ids of what is taken in, by logical id. */
  imports?: Record<string, string>
  onFailure?: string
  token?: string
  /** It tells of the stacks below as well. */
  isNested?: boolean
  /** Change sets of the whole hierarchy below this one, which is its root. */
  below?: string[]
  parentId?: string
  rootId?: string
}

export interface ResourceChange {
  action: 'Add' | 'Modify' | 'Remove' | 'Import'
  logicalId: string
  type: string
  physicalId?: string
  replacement?: 'True' | 'False' | 'Conditional'
  policyAction?: string
  scope: string[]
  details: ChangeDetail[]
  /** The change set of the stack that this resource is. */
  changeSetId?: string
  /** Its properties, where they are to be shown. */
  before?: Structure
  after?: Structure
}

export interface ChangeDetail {
  attribute: 'Properties' | 'Tags'
  name?: string
  recreation: 'Never' | 'Always' | 'Conditionally'
  evaluation: 'Static' | 'Dynamic'
  source: string
  causing?: string
  /** Shown only together with the values. */
  isOfValues?: boolean
  /** Shown only without them: nothing of it can be told yet. */
  isOfNames?: boolean
}

/** Executed, or overtaken by another change. */
export function isEnded({ executionStatus }: ChangeSet): boolean {
  return executionStatus === 'EXECUTE_COMPLETE' || executionStatus === 'OBSOLETE'
}

/** Final for waiters: nothing moves until somebody asks again. */
export function isSettled(status: string): boolean {
  return !status.endsWith('_IN_PROGRESS')
}

export const updatable = new Set([
  'CREATE_COMPLETE',
  'UPDATE_COMPLETE',
  'UPDATE_ROLLBACK_COMPLETE',
  'IMPORT_COMPLETE',
  'IMPORT_ROLLBACK_COMPLETE',
])

/** `arn:aws:cloudformation:us-east-1:000000000000:stack/name/uuid` */
export function arnOf(kind: 'stack' | 'changeSet', account: string, region: string, rest: string) {
  return `arn:aws:cloudformation:${region}:${account}:${kind}/${rest}`
}
