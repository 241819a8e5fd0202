import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { Connection, Server } from 'ssh2'
import { bindFailure, type Kernel } from '../../kernel/index.ts'
import type { CodeParts } from '../code.ts'
import { signIn } from './connection.ts'
import type { HostKey } from './host-keys.ts'
import { ssh2 } from '../keys/index.ts'
import { serveSession } from './session.ts'
import { type KeyRow, markKeyUsed } from '../keys/index.ts'

const KEEPALIVE_MS = 15_000
const MISSED_KEEPALIVES = 4
/** As OpenSSH's LoginGraceTime and MaxStartups. */
const LONGEST_SIGN_IN_MS = 30_000
const MOST_STRANGERS = 100

export interface SshServer {
  port: number
  stop(): Promise<void>
}

/** Listens for git clients. `origin` is where the pages are; LFS sends clients there. */
export async function startSshServer(
  parts: CodeParts,
  given: { port: number; origin: string; hostKeys(): HostKey[] },
): Promise<SshServer> {
  const { kernel } = parts.context
  const { host } = kernel.config
  const running = new Set<Promise<void>>()
  const guests = createGuests()
  let protocol: Server | undefined
  const greet = (client: Connection, place: string) => {
    client.on('error', (error) => {
      // Scanners and cut cables: told in the log's lowest voice, never an end of the process.
      kernel.log.debug('ssh.broken', { error: error.message })
      guests.cut(place)
    })
    void signIn(kernel, client).then((keys) => {
      if (!keys) return
      guests.know(place)
      welcome(client, keys)
    })
  }
  function welcome(client: Connection, keys: KeyRow[]): void {
    void rememberUse(kernel, keys)
    client.on('session', (accept) => {
      const call = serveSession(accept(), { parts, keys, origin: given.origin })
      running.add(call)
      void call.finally(() => running.delete(call))
    })
  }
  const server = createServer({ noDelay: true }, (socket) => {
    if (!guests.take(socket)) return
    protocol ??= protocolServer(given.hostKeys(), greet)
    protocol.injectSocket(socket)
  })
  await new Promise<void>((resolve, reject) => {
    server.on('error', (error: NodeJS.ErrnoException) =>
      reject(bindFailure(error, given.port, host)),
    )
    server.listen(given.port, host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      server.close()
      guests.cutAll()
      // A push whose client was cut off still has to be recorded.
      await Promise.allSettled(running)
    },
  }
}

function protocolServer(
  hostKeys: HostKey[],
  greet: (client: Connection, place: string) => void,
): Server {
  const { Server } = ssh2()
  return new Server(
    {
      hostKeys: hostKeys.map((key) => key.privateKey),
      ident: 'Madang',
      keepaliveInterval: KEEPALIVE_MS,
      keepaliveCountMax: MISSED_KEEPALIVES,
    },
    (client, { ip, port }) => greet(client, placeOf(ip, port)),
  )
}

const placeOf = (ip: string | undefined, port: number | undefined) => `${ip} ${port}`

/** The open connections, and which of them have not said yet who they are. */
function createGuests() {
  const sockets = new Map<string, Socket>()
  const strangers = new Map<string, NodeJS.Timeout>()
  const know = (place: string) => {
    clearTimeout(strangers.get(place))
    strangers.delete(place)
  }
  return {
    /** False when there are too many already; the socket is closed then. */
    take(socket: Socket): boolean {
      if (strangers.size >= MOST_STRANGERS) {
        socket.destroy()
        return false
      }
      const place = placeOf(socket.remoteAddress, socket.remotePort)
      sockets.set(place, socket)
      strangers.set(
        place,
        setTimeout(() => socket.destroy(), LONGEST_SIGN_IN_MS),
      )
      socket.on('close', () => {
        know(place)
        sockets.delete(place)
      })
      return true
    },
    know,
    cut: (place: string) => void sockets.get(place)?.destroy(),
    cutAll() {
      for (const socket of sockets.values()) socket.destroy()
    },
  }
}

async function rememberUse({ database, clock, log }: Kernel, keys: KeyRow[]): Promise<void> {
  const now = clock.now()
  const stale = keys.filter((key) => now - (key.used_at ?? 0) > 60_000)
  if (stale.length === 0) return
  try {
    await database.write(async (tx) => {
      for (const key of stale) await markKeyUsed(tx, key.id, now)
    })
  } catch (error) {
    log.warn('ssh.useNotRecorded', { error })
  }
}
