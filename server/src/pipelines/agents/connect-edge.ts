import { agentErrors } from '@madang/api'
import { type WebSocket, WebSocketServer } from 'ws'
import { type Kernel, refusals, type UpgradeEdge } from '../../kernel/index.ts'
import type { Agents } from './agents.ts'
import { encodeFrame, LARGEST_FRAME_BYTES } from './frames.ts'
import { helloIn } from './hello.ts'
import { Link } from './link.ts'
import { CLOSED, type Hello } from './protocol.ts'
import { type AgentTables, tokenOf } from './store-agents.ts'

const refuse = refusals(agentErrors)

const PING_MS = 15_000
const SILENCE_MS = 45_000
const HELLO_WITHIN_MS = 15_000

/** `/agents/connect`: the one connection that an agent makes, and by which it is asked everything. */
export function connectEdge(kernel: Kernel, agents: Agents): UpgradeEdge {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: LARGEST_FRAME_BYTES,
    perMessageDeflate: false,
  })
  return {
    name: 'agents',
    path: '/agents/connect',
    access: 'whoever holds an agent token, as a bearer',
    async connect({ request, socket, head }) {
      const [, text = ''] = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '') ?? []
      const token = await tokenOf(kernel.database.tables<AgentTables>(), text)
      if (!token) throw refuse('agentTokenWrong')
      sockets.handleUpgrade(request, socket, head, (connection) =>
        welcome({ kernel, agents, tokenId: token.id }, connection),
      )
    },
  }
}

interface Host {
  kernel: Kernel
  agents: Agents
  tokenId: string
}

function welcome(host: Host, socket: WebSocket): void {
  const { kernel } = host
  // The close that follows an error says all that is of use.
  socket.on('error', (error) => kernel.log.warn('agents.socket', { error }))
  const late = setTimeout(() => socket.close(CLOSED.badHello, 'no hello'), HELLO_WITHIN_MS)
  socket.once('message', (data: Buffer) => {
    clearTimeout(late)
    const hello = helloIn(data)
    if (hello) return take(host, socket, hello)
    socket.close(CLOSED.badHello, 'this agent speaks another version')
  })
  socket.once('close', () => clearTimeout(late))
  keepAlive(socket)
}

function take({ kernel, agents, tokenId }: Host, socket: WebSocket, hello: Hello): void {
  const objection = agents.objection(hello, tokenId)
  if (objection !== undefined) return socket.close(CLOSED.nameTaken, objection)
  const link = new Link(socket)
  const failed = (error: unknown) => {
    kernel.log.error('agents.join', { agent: hello.name, error })
    socket.close(1011)
  }
  socket.once('close', (code, reason) => {
    const why = String(reason) || (code === 1006 ? 'the connection was lost' : `code ${code}`)
    agents.leave(hello.name, link, why).catch(failed)
  })
  socket.send(encodeFrame({ welcome: {} }))
  agents.join(hello, tokenId, link).catch(failed)
}

function keepAlive(socket: WebSocket): void {
  let heard = performance.now()
  const hear = () => (heard = performance.now())
  socket.on('pong', hear)
  socket.on('message', hear)
  const timer = setInterval(() => {
    if (performance.now() - heard > SILENCE_MS) socket.terminate()
    else socket.ping()
  }, PING_MS).unref()
  socket.once('close', () => clearInterval(timer))
}
