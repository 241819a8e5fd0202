import { randomUUID } from 'node:crypto'
import type { Job, Transaction } from '../../../kernel/index.ts'
import { isEnabled, type Rule, wholeSecond } from './model.ts'
import type { EventsParts } from './parts.ts'
import { type Router } from './routing.ts'
import { nextMoment, parseSchedule } from './schedule.ts'

const KIND = 'cloud-events.schedule'

interface Due {
  ruleArn: string
  schedule: string
  atMs: number
}

/** Rules with a schedule: one waiting job each, so that moving the clock makes them happen. */
export class Schedules {
  readonly #parts: EventsParts
  readonly #router: Router

  constructor(parts: EventsParts, router: Router) {
    this.#parts = parts
    this.#router = router
    parts.deps.kernel.jobs.handle(KIND, { concurrency: 4, run: (job) => this.#run(job) })
  }

  /** After a rule was put or switched: its next moment, or none. */
  async settle(tx: Transaction, rule: Rule, now: number): Promise<void> {
    if (rule.schedule === undefined || !isEnabled(rule)) return this.cancel(tx, rule)
    await this.#enqueue(tx, rule, now)
  }

  async cancel(tx: Transaction, { arn }: Rule): Promise<void> {
    await this.#parts.deps.kernel.jobs.cancel(tx, KIND, arn)
  }

  async #enqueue(tx: Transaction, { arn, schedule }: Rule, afterMs: number): Promise<void> {
    const parsed = parseSchedule(schedule!)
    const atMs = parsed && nextMoment(parsed, afterMs)
    if (atMs === undefined) return
    const payload: Due = { ruleArn: arn, schedule: schedule!, atMs }
    await this.#parts.deps.kernel.jobs.enqueue(tx, { kind: KIND, payload, runAtMs: atMs, key: arn })
  }

  async #run(job: Job): Promise<void> {
    const { ruleArn, schedule, atMs } = job.payload as Due
    const { store, deps } = this.#parts
    const rule = store.find<Rule>(ruleArn)
    if (!rule || rule.schedule !== schedule || !isEnabled(rule)) return
    const { account, region } = rule
    const event = {
      version: '0',
      id: randomUUID(),
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account,
      time: wholeSecond(atMs),
      region,
      resources: [ruleArn],
      detail: {},
    }
    // Moments that passed while nothing ran are not made up for.
    const now = Math.max(atMs, deps.kernel.clock.now())
    await deps.kernel.database.write(async (tx) => {
      await this.#router.toTargets(tx, rule, event, { hops: 0, now: atMs })
      await this.#enqueue(tx, rule, now)
    })
  }
}
