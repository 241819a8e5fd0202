import type { Live, LiveMessage } from '../live.ts'
import type { Edge } from './types.ts'
import { refuse } from '../errors.ts'

const HEARTBEAT_MS = 20_000
const MOST_TOPICS = 50

/**
 * `GET /api/live?topic=…&topic=…`: server-sent events. Topics are `project:<KEY>` and what begins with
 * it (`project:GB/run:…`), which need the viewer's role there, and `me`, which needs a sign-in. What
 * was told shortly before comes first: the page may have read what it shows before that.
 */
export function liveEdge(live: Live): Edge {
  return {
    name: 'live',
    prefix: '/api/live',
    access: 'viewer of each project named in a topic; signed in for the topic `me`',
    async handle({ response, url, identify, authorise }) {
      const topics = url.searchParams.getAll('topic')
      if (topics.length === 0 || topics.length > MOST_TOPICS) {
        throw refuse('badRequest', { reason: `1 to ${MOST_TOPICS} topics` })
      }
      const actor = await identify()
      const named = topics.map((topic) => projectOf(topic, actor?.id))
      for (const topic of named) {
        await authorise(actor, topic.project ? { project: 'viewer' } : 'signedIn', topic.project)
      }
      response.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      })
      response.write(': open\n\n')
      const tell = (topic: string, message: LiveMessage) =>
        response.write(`data: ${JSON.stringify({ topic, ...message })}\n\n`)
      const names = named.map((topic) => topic.name)
      for (const { topic, message } of live.recent(names)) tell(topic, message)
      const beat = setInterval(() => response.write(': beat\n\n'), HEARTBEAT_MS)
      const end = live.subscribe(names, tell)
      const close = () => {
        clearInterval(beat)
        end()
      }
      response.once('close', close)
      // Whoever went away while it was asked who they are closes nothing any more.
      if (response.closed) close()
    },
  }
}

function projectOf(
  topic: string,
  actorId: string | undefined,
): { name: string; project: string | undefined } {
  if (topic === 'me') return { name: `actor:${actorId ?? ''}`, project: undefined }
  const project = /^project:([A-Z][A-Z0-9_]*)(\/|$)/.exec(topic)?.[1]
  if (!project) throw refuse('badRequest', { reason: `unknown topic ${topic}` })
  return { name: topic, project }
}
