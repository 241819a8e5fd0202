import { expect, vi } from 'vitest'
import { randomFrom } from '../../gateway/tests/random-values.ts'
import { KilledCloud } from './killed-cloud.ts'

/**
 * One thing of the cloud beside its model, a state as text. What was acknowledged is `sure`; a
 * change that was on its way when the server died has happened or has not, and nothing in between.
 */
export abstract class Living {
  sure: string
  #perhaps: string | undefined

  constructor(sure: string) {
    this.sure = sure
  }

  /** One random change. */
  abstract step(pick: Pick): Promise<void>
  /** The state as clients see it; checks on its way whatever the text leaves out. */
  abstract observe(): Promise<string>

  protected async change<T>(next: string, act: () => Promise<T>): Promise<T> {
    this.#perhaps = next
    const answer = await act()
    this.sure = next
    this.#perhaps = undefined
    return answer
  }

  async compare(label: string): Promise<void> {
    const seen = await this.observe()
    const allowed = this.#perhaps === undefined ? [this.sure] : [this.sure, this.#perhaps]
    expect(allowed, label).toContain(seen)
    this.sure = seen
    this.#perhaps = undefined
  }
}

export type Pick = (below: number) => number

export const seed = Number(process.env['MADANG_FUZZ_SEED'] ?? 20_261_122)

/** The lives a server has before the test is content. */
const lives = Number(process.env['MADANG_FUZZ_LIVES'] ?? 2)

interface Story {
  /** After each start: clients are made anew. The first time it also makes what the living need. */
  begin(cloud: KilledCloud, life: number): Promise<Living[]>
  /** Further work beside the living's, until it is refused. */
  beside?(pick: Pick): (() => Promise<void>)[]
  /** Once all living agree. */
  after?(life: number): Promise<void>
  /** So many steps before the kill. */
  steps: number
}

/** Random steps of all living at once, `kill -9` in their midst, a new start, and a comparison. */
export async function live({ begin, beside, after, steps }: Story): Promise<void> {
  const cloud = new KilledCloud()
  const random = randomFrom(seed)
  const pick: Pick = (below) => Math.floor(random() * below)
  try {
    await cloud.start()
    for (let life = 0; life < lives; life++) {
      const living = await begin(cloud, life)
      let done = 0
      const faults: unknown[] = []
      const until = async (act: () => Promise<void>) => {
        while (!cloud.isGone && faults.length === 0) {
          try {
            await act()
            done++
          } catch (error) {
            if (!cloud.isGone) faults.push(error)
            return
          }
        }
      }
      const work = [...living.map((one) => () => one.step(pick)), ...(beside?.(pick) ?? [])]
      const working = work.map(until)
      const enough = steps + pick(steps / 2)
      const isTime = () => done >= enough || faults.length > 0
      await vi.waitUntil(isTime, { timeout: 90_000, interval: 2 })
      await cloud.kill()
      await Promise.all(working)
      expect(faults, `seed ${seed}, life ${life}`).toEqual([])
      await cloud.start()
      const again = await begin(cloud, life + 1)
      for (const [n, one] of again.entries()) await one.compare(`seed ${seed}: ${n} after ${life}`)
      await after?.(life)
    }
  } finally {
    await cloud.end()
  }
}
