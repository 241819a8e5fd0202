import type { CallInput, CallResult, Endpoint } from '@madang/api'
import type { Aws, Cloud } from '../cloud/index.ts'
import type { Code } from '../code/index.ts'
import type { Identity } from '../identity/index.ts'
import type { Kernel } from '../kernel/index.ts'
import type { Plan } from '../plan/index.ts'

export const PROJECT = 'GB'
export const REPO = 'guestbook'
export const STACK = 'guestbook'
export const ALARM = 'guestbook-errors'
export const BRANCH = 'GB-1-show-the-day'

const TOKEN_MS = 60 * 60_000

/** What the stages work with. */
export interface SampleContext {
  kernel: Kernel
  identity: Identity
  plan: Plan
  code: Code
  cloud: Cloud
  /** Where the pages and git are; known once the server listens. */
  origin: () => string
  language: 'ko' | 'en'
  signal: AbortSignal
}

/** What a stage brought about. */
export interface Outcome {
  detail: string
  url?: string
}

export type Stage = (context: SampleContext) => Promise<Outcome>

/** A token of the sample's own, as a developer of its project has one. */
export async function sampleToken({ kernel, identity }: SampleContext): Promise<string> {
  const { token } = await kernel.database.write((tx) =>
    identity.tokenIssue(tx, {
      owner: { kind: 'run', id: 'sample' },
      name: 'Guestbook',
      scopes: ['read', 'write'],
      project: PROJECT,
      expiresAtMs: kernel.clock.now() + TOKEN_MS,
    }),
  )
  return token
}

/** Reads through the front door, as any client would. */
export async function ask<E extends Endpoint>(
  context: SampleContext,
  endpoint: E,
  input: CallInput<E>,
): Promise<CallResult<E>> {
  const { params, query } = input as Record<string, Record<string, unknown> | undefined>
  const path = endpoint.path.replace(/:(\w+)/g, (_whole, name: string) =>
    encodeURIComponent(String(params?.[name])),
  )
  const search = new URLSearchParams(
    Object.entries(query ?? {}).map(([name, value]): [string, string] => [name, String(value)]),
  )
  const response = await fetch(`${context.origin()}${path}?${search}`, {
    headers: { authorization: `Bearer ${await sampleToken(context)}` },
    signal: context.signal,
  })
  if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as CallResult<E>
}

/** The cloud as its account's root sees it. */
export function awsOf({ cloud }: SampleContext): Aws {
  const { account, region } = cloud
  const arn = `arn:aws:iam::${account}:root`
  return cloud.aws({ principal: { kind: 'root', account, arn, userId: account }, region })
}

/** Tries until there is an answer; says what was missing when it takes too long. */
export async function waitFor<T>(
  context: SampleContext,
  what: string,
  limitMs: number,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const started = performance.now()
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() - started > limitMs)
      throw new Error(`${what}: not within ${limitMs / 1000} s`)
    context.signal.throwIfAborted()
    await new Promise((resolve) => setTimeout(resolve, 150))
  }
}
