import type { Graph } from '../template/index.ts'

const SIDE_BY_SIDE = 16

export interface Walked {
  failed: string[]
  /** Never begun: behind a failed one, or the walk was stopped. */
  left: string[]
}

/**
 * Does the task for every id, each after those it needs, many at once. What needs a failed one is
 * left; `isStopped` keeps new ones from beginning. A throw waits for the running ones, then passes on.
 */
export async function walk(
  graph: Graph,
  task: (id: string) => Promise<boolean>,
  isStopped: () => boolean,
): Promise<Walked> {
  const waiting = new Map(graph)
  const done = new Set<string>()
  const failed: string[] = []
  const running = new Map<string, Promise<void>>()
  const thrown: unknown[] = []
  const isFree = (needs: Set<string>) =>
    [...needs].every((need) => done.has(need) || !graph.has(need))
  const begin = () => {
    if (isStopped() || thrown.length > 0) return
    for (const [id, needs] of waiting) {
      if (running.size >= SIDE_BY_SIDE) return
      if (!isFree(needs)) continue
      waiting.delete(id)
      const work = task(id)
        .then(
          (isDone) => void (isDone ? done.add(id) : failed.push(id)),
          (error: unknown) => void thrown.push(error),
        )
        .finally(() => running.delete(id))
      running.set(id, work)
    }
  }
  for (begin(); running.size > 0; begin()) await Promise.race(running.values())
  if (thrown.length > 0) throw thrown[0]
  return { failed, left: [...waiting.keys()] }
}

/** For removal: what was needed now waits for what needed it. */
export function reversed(graph: Graph): Graph {
  const result: Graph = new Map([...graph.keys()].map((id) => [id, new Set<string>()]))
  for (const [id, needs] of graph) for (const need of needs) result.get(need)?.add(id)
  return result
}
