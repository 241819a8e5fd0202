import type { ServerResponse } from 'node:http'
import { type Edge, type Exchange, type Kernel, refuse } from '../kernel/index.ts'
import type { PipelinesDoor } from './door.ts'

const PIECE_BYTES = 256 * 1024
/** A missed message costs at most this much time. */
const LOOK_AGAIN_MS = 2000

/**
 * `GET /runs/<project>/<run>/log[?offset=&stage=]`: the log as text, followed until the run ends
 * (`curl -N`); with `Accept: text/event-stream` as server-sent events, whose ids are offsets.
 */
export function logEdge(kernel: Kernel, door: PipelinesDoor): Edge {
  return {
    name: 'run-log',
    prefix: '/runs',
    access: 'viewer of the project',
    async handle(exchange) {
      const [, , project = '', run = '', part = ''] = exchange.url.pathname.split('/')
      const actor = await exchange.identify()
      await exchange.authorise(actor, { project: 'viewer' }, project)
      if (part !== 'log') throw refuse('notFound', { path: exchange.url.pathname })
      await follow(kernel, door, exchange, project, run)
    },
  }
}

async function follow(
  kernel: Kernel,
  door: PipelinesDoor,
  { request, response, url }: Exchange,
  project: string,
  run: string,
): Promise<void> {
  const isEvents = request.headers.accept?.includes('text/event-stream') === true
  const stage = url.searchParams.get('stage') ?? undefined
  const from = request.headers['last-event-id'] ?? url.searchParams.get('offset') ?? '0'
  let offset = Math.max(0, Number(from) || 0)
  const bell = createBell(kernel, `project:${project}/run:${run}`, response)
  try {
    for (let isOpen = true; isOpen && !response.destroyed;) {
      const part = await door.runLog(project, run, { offset, limitBytes: PIECE_BYTES, stage })
      if (!response.headersSent) writeHead(response, isEvents)
      if (part.text !== '') await send(response, isEvents, part)
      isOpen = !part.isWhole
      if (isOpen && part.nextOffset === offset) await bell.wait()
      offset = part.nextOffset
    }
  } finally {
    bell.close()
  }
  response.end(isEvents ? 'event: end\ndata: {}\n\n' : '')
}

function writeHead(response: ServerResponse, isEvents: boolean): void {
  const type = isEvents ? 'text/event-stream' : 'text/plain'
  response.writeHead(200, {
    'content-type': `${type}; charset=utf-8`,
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
}

async function send(
  response: ServerResponse,
  isEvents: boolean,
  { text, nextOffset }: { text: string; nextOffset: number },
): Promise<void> {
  const body = isEvents ? `id: ${nextOffset}\ndata: ${JSON.stringify({ text })}\n\n` : text
  // One that was closed meanwhile says so no more.
  if (response.write(body) || response.destroyed) return
  await new Promise<void>((resolve) => {
    const goOn = () => {
      response.off('drain', goOn).off('close', goOn)
      resolve()
    }
    response.on('drain', goOn).on('close', goOn)
  })
}

function createBell(kernel: Kernel, topic: string, response: ServerResponse) {
  let hasRung = false
  let wake = () => {}
  const ring = () => {
    hasRung = true
    wake()
  }
  const end = kernel.live.subscribe([topic], ring)
  response.once('close', ring)
  return {
    async wait(): Promise<void> {
      if (!hasRung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, LOOK_AGAIN_MS)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      hasRung = false
    },
    close: end,
  }
}
