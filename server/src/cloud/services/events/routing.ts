import type { Transaction } from '../../../kernel/index.ts'
import { matchesPattern } from '../../patterns/index.ts'
import { type DeliveryJob, DELIVER } from './delivery-job.ts'
import { type Archive, type Bus, type BusEvent, isEnabled, type Rule } from './model.ts'
import type { EventsParts } from './parts.ts'

/** Buses an event may pass on its way: a ring of buses ends there. */
const MOST_HOPS = 8

export interface Passing {
  /** Buses passed so far. */
  hops: number
  now: number
  /** Only these rules take part (a replay's). */
  filterArns?: string[] | undefined
}

/** Brings an event from its bus to archives and, as durable jobs, to the targets of rules. */
export class Router {
  readonly #parts: EventsParts

  constructor(parts: EventsParts) {
    this.#parts = parts
  }

  /** Part of the caller's transaction: an event is answered for once everything it caused is kept. */
  async publish(tx: Transaction, bus: Bus, event: BusEvent, passing: Passing): Promise<void> {
    if (passing.hops > MOST_HOPS) return
    for (const one of this.#parts.store.fedBy(bus.arn)) {
      if (one.kind === 'rule') await this.#toRule(tx, one, event, passing)
      // What is replayed is in the archive already.
      else if (event['replay-name'] === undefined && this.#fits(one, event)) {
        await this.#parts.store.archive(tx, one, event)
      }
    }
  }

  async toTargets(tx: Transaction, rule: Rule, event: BusEvent, passing: Passing): Promise<void> {
    for (const target of rule.targets) {
      const payload: DeliveryJob = {
        ruleArn: rule.arn,
        account: rule.account,
        region: rule.region,
        target,
        event,
        hops: passing.hops,
        ingestedAtMs: passing.now,
        tries: 0,
      }
      await this.#parts.deps.kernel.jobs.enqueue(tx, { kind: DELIVER, payload })
    }
  }

  async #toRule(tx: Transaction, rule: Rule, event: BusEvent, passing: Passing): Promise<void> {
    if (!isEnabled(rule) || rule.pattern === undefined) return
    if (passing.filterArns && !passing.filterArns.includes(rule.arn)) return
    if (this.#fits(rule, event)) await this.toTargets(tx, rule, event, passing)
  }

  #fits({ pattern }: Rule | Archive, event: BusEvent): boolean {
    return pattern === undefined || matchesPattern(this.#parts.store.pattern(pattern), event)
  }
}
