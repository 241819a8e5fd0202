import { AwsError, type Aws } from '../../../gateway/index.ts'
import type { Structure, Tag, Value } from '../model.ts'

/** What changing a property does. */
export type Change = 'update' | 'replace' | 'conditional'

export interface Outcome {
  physicalId: string
  attributes: Structure
}

/**
 * A step as its provider sees it. A step may run again after a crash (`resumed`): then what was
 * recorded by `made` and `note` is there again, and calls that already happened are taken over.
 */
export interface ResourceContext {
  aws: Aws
  /** The same caller in another region: replicas. */
  awsIn(region: string): Aws
  account: string
  region: string
  originUrl: string
  stackId: string
  stackName: string
  logicalId: string
  type: string
  /** Unique to this step and the same in each of its tries. */
  stepId: string
  resumed: boolean
  /** What is waited for, of a type that waits. */
  creationPolicy: Structure | undefined
  /** What the resource has now, for changes that keep what cannot be read again. */
  attributes: Structure
  /** Recorded by an earlier try of this creation. */
  physicalId: string | undefined
  /** Stack tags with `aws:cloudformation:*`, and the resource's own over them. */
  tags(own: Value | undefined): Tag[]
  /** `<stack>-<logical id>-<suffix>`, cut to fit. */
  physicalName(longest: number, options?: { lowerCase?: boolean }): string
  /** Records durably that the thing exists, before it is configured further. */
  made(physicalId: string): Promise<void>
  notes: Structure
  note(notes: Structure): Promise<void>
  answers: Answers
  macros: {
    /** False when another stack has a macro of this name. */
    put(name: string, functionName: string): Promise<boolean>
    forget(name: string): Promise<void>
  }
  /** Says that a stack belongs below this one. */
  adopt(childStackId: string): Promise<void>
  /** The name of the stack that a change set has prepared in this resource's place. */
  reviewed(): Promise<string | undefined>
  /** Why the stack's last operation failed. */
  failureOf(stackId: string): Promise<string | undefined>
  /** What the stack's template is, as it was sent. */
  templateOf(stackId: string): Promise<string>
  /** Of a step that takes another one back: what that one had written down. */
  undone?: Structure
  /** The clock's sleep; rejects when the step is called off. */
  sleep(durationMs: number): Promise<void>
  now(): number
  signal: AbortSignal
}

/** Answers that somebody outside sends by `PUT` to a URL: custom resources, wait conditions. */
export interface Answers {
  /** Where to send it; the token is unguessable. */
  url(token: string): Promise<string>
  /** What came, once it has. */
  read(token: string): Promise<Structure | undefined>
}

/** One resource type: which properties it knows, and how it is made, changed and removed. */
export interface Provider {
  properties: Record<string, Change>
  required?: readonly string[]
  /** Names for GetAtt; undefined: any. */
  attributes?: readonly (string | RegExp)[]
  /** Stack tags reach it. */
  tagged?: boolean
  /** What it is made from lies elsewhere and may have changed by itself: every update looks at it. */
  changesInside?: boolean
  /** Unknown properties are passed on (custom resources). */
  open?: boolean
  create(context: ResourceContext, properties: Structure): Promise<Outcome>
  /** Absent: every change replaces. */
  update?(
    context: ResourceContext,
    physicalId: string,
    next: Structure,
    previous: Structure,
  ): Promise<Outcome>
  /** Tags a thing that is taken into a stack as it is; absent: an update to its own properties does. */
  takeOver?(context: ResourceContext, physicalId: string, properties: Structure): Promise<Outcome>
  /** Fine when it is gone already. */
  delete(
    context: ResourceContext,
    physicalId: string,
    properties: Structure,
    attributes: Structure,
  ): Promise<void>
}

export type Providers = Record<string, Provider>

export function changes<const N extends string>(change: Change, names: N): Record<string, Change> {
  return Object.fromEntries(names.split(/\s+/).map((name) => [name, change]))
}

/**
 * Makes the thing once: skipped when an earlier try recorded it; when an earlier try made it and
 * died before recording, the service's "exists already" (`taken`) is that one.
 */
export async function makeOnce(
  context: ResourceContext,
  physicalId: string,
  taken: readonly string[],
  make: () => Promise<unknown>,
): Promise<void> {
  if (context.physicalId !== undefined) return
  try {
    await make()
  } catch (error) {
    if (!context.resumed || !hasCode(error, taken)) throw error
  }
  await context.made(physicalId)
}

export function hasCode(error: unknown, codes: readonly string[]): boolean {
  return error instanceof AwsError && codes.includes(error.code)
}

/** Runs a removal or a look; undefined where the answer is that there is no such thing. */
export async function unlessGone<R>(
  codes: readonly string[],
  run: () => Promise<R>,
): Promise<R | undefined> {
  try {
    return await run()
  } catch (error) {
    if (!hasCode(error, codes)) throw error
    return undefined
  }
}
