import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Bytes on the heap and beside it that are still wanted by somebody. */
export async function keptBytes(): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let times = 0; times < 4; times++) {
    // What finalizers and closed sockets let go of is free one turn later.
    await new Promise((resolve) => setImmediate(resolve))
    collectGarbage()
    const { heapUsed, external } = process.memoryUsage()
    least = Math.min(least, heapUsed + external)
  }
  return least
}
