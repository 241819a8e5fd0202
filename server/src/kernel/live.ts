/**
 * Live updates to pages: a topic is a text such as `project:GB` or `run:run_01…`. A message says what
 * changed, not the new state; a page that hears it asks again. Lost on a crash, which costs nothing.
 */
export interface Live {
  publish(topic: string, message: LiveMessage): void
  /** Hears every message on the topics; returns the function that ends it. */
  subscribe(topics: string[], hear: (topic: string, message: LiveMessage) => void): () => void
  /** The latest message of each type on the topics, where it is not long ago; the oldest first. */
  recent(topics: string[]): Told[]
}

export interface Told {
  topic: string
  message: LiveMessage
}

export type LiveMessage = { type: string; id?: string } & Record<string, unknown>

type Hear = (topic: string, message: LiveMessage) => void

/** A page asks for what it shows and subscribes at the same time: on a busy machine seconds apart. */
const RECENT_MS = 30_000

export function createLive(): Live {
  const hearers = new Map<string, Set<Hear>>()
  const latest = new Map<string, Told & { atMs: number }>()
  const forgetOld = () => {
    const oldest = performance.now() - RECENT_MS
    for (const [key, { atMs }] of latest) {
      if (atMs > oldest) return
      latest.delete(key)
    }
  }
  return {
    publish(topic, message) {
      const key = `${topic} ${message.type}`
      // Taken out first: the map is in the order in which they were told.
      latest.delete(key)
      latest.set(key, { topic, message, atMs: performance.now() })
      forgetOld()
      for (const hear of hearers.get(topic) ?? []) hear(topic, message)
    },
    subscribe(topics, hear) {
      for (const topic of topics) {
        const set = hearers.get(topic) ?? new Set()
        hearers.set(topic, set.add(hear))
      }
      return () => {
        for (const topic of topics) {
          const set = hearers.get(topic)
          set?.delete(hear)
          if (set?.size === 0) hearers.delete(topic)
        }
      }
    },
    recent(topics) {
      forgetOld()
      return [...latest.values()].filter(({ topic }) => topics.includes(topic))
    },
  }
}
