/**
 * Live updates to pages: a topic is a text such as `project:GB` or `run:run_01…`. A message says what
 * changed, not the new state; a page that hears it asks again. Lost on a crash, which costs nothing.
 */
export interface Live {
  publish(topic: string, message: LiveMessage): void
  /** Hears every message on the topics; returns the function that ends it. */
  subscribe(topics: string[], hear: (topic: string, message: LiveMessage) => void): () => void
}

export type LiveMessage = { type: string; id?: string } & Record<string, unknown>

type Hear = (topic: string, message: LiveMessage) => void

export function createLive(): Live {
  const hearers = new Map<string, Set<Hear>>()
  return {
    publish(topic, message) {
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
  }
}
