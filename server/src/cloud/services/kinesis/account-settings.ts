import type { Kinesis, Operations } from '../../gateway/index.ts'
import type { KinesisParts } from './parts.ts'
import type { Commitment } from './store-accounts.ts'

/** How long a commitment lasts at least ("On-demand Advantage", developer guide). */
const LEAST_MS = 24 * 3_600_000

export const accountOperations = ({ accounts }: KinesisParts) =>
  ({
    DescribeAccountSettings(_input, ctx) {
      return { MinimumThroughputBillingCommitment: shown(accounts.commitment(ctx), ctx.now) }
    },

    async UpdateAccountSettings(input, ctx) {
      const had = accounts.commitment(ctx)
      const wanted = input.MinimumThroughputBillingCommitment!.Status
      const next = wanted === 'ENABLED' ? enabled(had, ctx.now) : disabled(had, ctx.now)
      if (next) await accounts.commit(ctx, next)
      return { MinimumThroughputBillingCommitment: shown(next, ctx.now) }
    },
  }) satisfies Operations<Kinesis>

const isOver = ({ endsAtMs }: Commitment, now: number) => endsAtMs !== undefined && endsAtMs <= now

function enabled(had: Commitment | undefined, now: number): Commitment {
  return { startedAtMs: had && !isOver(had, now) ? had.startedAtMs : now }
}

function disabled(had: Commitment | undefined, now: number): Commitment | undefined {
  if (!had || isOver(had, now)) return had
  return { ...had, endsAtMs: Math.max(now, had.startedAtMs + LEAST_MS) }
}

function shown(commitment: Commitment | undefined, now: number) {
  if (!commitment) return { Status: 'DISABLED' as const }
  const StartedAt = new Date(commitment.startedAtMs)
  if (isOver(commitment, now)) {
    return { Status: 'DISABLED' as const, StartedAt, EndedAt: new Date(commitment.endsAtMs!) }
  }
  const isEnding = commitment.endsAtMs !== undefined
  return {
    Status: isEnding ? ('ENABLED_UNTIL_EARLIEST_ALLOWED_END' as const) : ('ENABLED' as const),
    StartedAt,
    EarliestAllowedEndAt: new Date(commitment.startedAtMs + LEAST_MS),
  }
}
