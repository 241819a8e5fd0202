// A process that tests kill. Usage: crash-worker.ts <writes|job|events|together> <data folder>
// Prints what it has been told is done, a line each.
import { configFor, createKernel, type Kernel } from '../kernel/index.ts'

const [mode = '', home = ''] = process.argv.slice(2)
const say = (line: string) => process.stdout.write(`${line}\n`)
const forever = () => new Promise<never>(() => undefined)

const append = (kernel: Kernel, n: number) =>
  kernel.database.write((tx) =>
    kernel.events.append(tx, { type: 'test.fact', subject: `s${n % 3}`, data: { n } }),
  )

const modes: Record<string, (kernel: Kernel) => Promise<void>> = {
  /** Eight writers at once, so that some share a flush. */
  async writes(kernel) {
    let n = 0
    const writer = async () => {
      for (;;) {
        const mine = ++n
        await append(kernel, mine)
        say(String(mine))
      }
    }
    await Promise.all(Array.from({ length: 8 }, writer))
  },
  /** A job that never ends by itself. */
  async job(kernel) {
    kernel.jobs.handle('endless', {
      async run(job) {
        say(`running ${job.attempt}`)
        await forever()
      },
    })
    await kernel.start()
    await kernel.database.write(async (tx) => {
      await kernel.jobs.enqueue(tx, { kind: 'endless', payload: { for: '방명록' } })
    })
  },
  /** A listener that gets stuck at the fourth fact. */
  async events(kernel) {
    kernel.events.listen({
      name: 'stuck',
      types: ['*'],
      async handle(event) {
        const { n } = event.data as { n: number }
        if (n === 4) {
          say('stuck')
          await forever()
        }
        say(String(n))
      },
    })
    for (let n = 1; n <= 8; n++) await append(kernel, n)
    await kernel.start()
  },
  /** A listener that gets stuck in the second of the pages that it takes together. */
  async together(kernel) {
    let pages = 0
    kernel.events.listen({
      name: 'stuck',
      types: ['*'],
      handle: forever,
      async handleTogether(events) {
        if (++pages === 2) {
          say('stuck')
          await forever()
        }
        for (const { data } of events) say(String((data as { n: number }).n))
      },
    })
    for (let n = 1; n <= 40; n++) await append(kernel, n)
    await kernel.start()
  },
}

const kernel = await createKernel(configFor({ home }))
// The store's thread keeps no process alive.
setInterval(() => undefined, 60_000)
await modes[mode]!(kernel)
