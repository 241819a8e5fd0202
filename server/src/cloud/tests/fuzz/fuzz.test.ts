import { Agent } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ServiceId } from '../../gateway/index.ts'
import { randomFrom } from '../../gateway/tests/random-values.ts'
import { mutated } from './mutations.ts'
import { randomInput } from './requests.ts'
import { faultOf, send, type WireRequest } from './wire.ts'
import { type FuzzYard, openYard } from './yard.ts'

// Requests that chance has changed, and inputs that chance has made, at every operation that is
// built: no answer is a 500, none stays out, and each refusal has a form that its client reads.
// By number and not by time, each from a seed of its own: a fast machine tries what a slow one does.
// MADANG_FUZZ_SEED=7 MADANG_FUZZ_ROUNDS=40 npx vitest run cloud/tests/fuzz

const seed = Number(process.env['MADANG_FUZZ_SEED'] ?? 20_261_122)
const rounds = Number(process.env['MADANG_FUZZ_ROUNDS'] ?? 1)
const limitMs = 240_000 * rounds
const MUTATIONS = 2000
/** Far apart: seeds beside each other would begin alike. */
const SPREAD = 0x9e3779b1

let yard: FuzzYard
const agent = new Agent({ keepAlive: true, maxSockets: 16 })

beforeAll(async () => {
  yard = await openYard()
})

afterAll(async () => {
  agent.destroy()
  await yard?.stop()
})

/** One of each kind of fault: the first line of what the server logged tells kinds apart. */
class Faults {
  readonly #found = new Map<string, string>()
  readonly #statuses = new Map<string, number>()
  #seen = 0

  async check(request: WireRequest, strict: boolean): Promise<void> {
    const fault = await send(yard.under.url, request, { agent }).then(
      (answer) => {
        const status = String(answer?.status ?? 'cut')
        this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1)
        return answer && faultOf(answer, strict ? request.form : undefined)
      },
      (error: Error) => error.message,
    )
    const logged = yard.errors.slice(this.#seen)
    this.#seen = yard.errors.length
    for (const line of logged) this.#add(request, line.slice(13, 1200), placeIn(line))
    if (fault) this.#add(request, fault, `${request.label} ${fault.slice(0, 40)}`)
  }

  #add(request: WireRequest, what: string, kind: string): void {
    if (this.#found.has(kind) || this.#found.size >= 40) return
    const { label, method, url, headers, body } = request
    const told = { ...headers, authorization: undefined, 'user-agent': undefined }
    const sent = `${method} ${url.slice(0, 300)} ${JSON.stringify(told).slice(0, 700)}`
    this.#found.set(kind, `${label}: ${what}\n${sent}\n${body.toString('latin1').slice(0, 900)}`)
  }

  /** `200: 12, 400: 30`, to see that requests got anywhere. */
  get statuses(): string {
    return [...this.#statuses]
      .sort()
      .map((pair) => pair.join(': '))
      .join(', ')
  }

  get all(): string[] {
    return [...this.#found.values()]
  }
}

const placeIn = (line: string) => /\(?(\/[^\s)]*\.ts:\d+)/.exec(line)?.[1] ?? line.slice(13, 90)

async function fuzz(
  name: string,
  count: number,
  make: (
    random: () => number,
    index: number,
  ) => Promise<{ sent: WireRequest; strict: boolean } | undefined>,
): Promise<void> {
  const faults = new Faults()
  let next = 0
  let sent = 0
  const worker = async () => {
    while (next < count) {
      const index = next++
      const made = await make(randomFrom(Math.imul(index + 1, SPREAD) + seed), index)
      if (!made) continue
      sent++
      await faults.check(made.sent, made.strict)
    }
  }
  await Promise.all(Array.from({ length: 8 }, worker))
  process.stdout.write(`${name}, seed ${seed}: ${sent} requests, ${faults.statuses}\n`)
  expect(faults.all, `${name}: seed ${seed}, ${sent} requests`).toEqual([])
  expect(sent).toBeGreaterThan(50)
}

test(`valid requests, changed by chance (seed ${seed})`, { timeout: limitMs }, () =>
  fuzz('mutations', MUTATIONS * rounds, async (random) => {
    const request = yard.recorded[Math.floor(random() * yard.recorded.length)]!
    return mutated(request, random)
  }),
)

/** What would leave this machine, stop the others' work or wait on purpose. */
const leftOut = new Set(['lambda:CreateFunction'])

test(`random inputs of every operation (seed ${seed})`, { timeout: limitMs }, () => {
  const operations = yard.under.cloud.services.flatMap(({ id, operations: built }) =>
    Object.keys(built).map((operation) => ({ id: id as ServiceId, operation })),
  )
  const open = operations.filter(({ id, operation }) => !leftOut.has(`${id}:${operation}`))
  return fuzz('inputs', open.length * rounds, async (random, index) => {
    const { id, operation } = open[index % open.length]!
    const input = randomInput(id, operation, { names: yard.names, random })
    const sent = await yard.recorders.get(id)!.capture(operation, input)
    if (!sent) return undefined
    return random() < 0.7 ? { sent, strict: true } : mutated(sent, random)
  })
})
