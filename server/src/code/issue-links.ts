import { type Actor, Refusal, type Transaction } from '../kernel/index.ts'
import type { CodeContext } from './context.ts'

/**
 * Keys of existing issues in a text. Only issues of the repository's own project: who may push here
 * need not be anybody in another project.
 */
export async function issueKeysIn(
  context: CodeContext,
  project: string,
  text: string,
): Promise<string[]> {
  if (!context.plan) return []
  const keys = await context.plan.issueKeysIn(text)
  return keys.filter((key) => key.startsWith(`${project}-`))
}

export type IssueStep = 'inProgress' | 'inReview' | 'done'

const earlier: Record<IssueStep, readonly string[]> = {
  inProgress: ['todo'],
  inReview: ['todo', 'inProgress'],
  done: ['todo', 'inProgress', 'inReview'],
}

/** Those of the issues that a step moves forward; code never moves one back. */
export async function issuesBefore(
  context: CodeContext,
  keys: string[],
  step: IssueStep,
): Promise<string[]> {
  const issues = await Promise.all(keys.map((key) => context.plan?.issueGet(key)))
  return keys.filter((_key, index) => earlier[step].includes(issues[index]?.status ?? ''))
}

/**
 * Moves issues in the transaction of the fact that moves them. A workflow that refuses the step
 * keeps the issue where it is: the push or merge itself has happened.
 */
export async function moveIssues(
  context: CodeContext,
  tx: Transaction,
  actor: Actor,
  move: { keys: string[]; step: IssueStep },
): Promise<void> {
  for (const key of move.keys) {
    try {
      await context.plan?.issueTransition(tx, actor, key, move.step)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      context.kernel.log.warn('code.issueNotMoved', { key, step: move.step, why: error.code })
    }
  }
}
