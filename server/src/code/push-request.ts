import type { Packet } from './pkt-line.ts'
import { FLUSH, NotPktLines, pktLine, PktReader } from './pkt-line.ts'

/** One reference that a push wants to move. */
export interface PushCommand {
  before: string
  after: string
  ref: string
}

/** The head of a push: what comes before the pack. */
export interface PushHead {
  commands: PushCommand[]
  shallow: string[]
  capabilities: string
  /** Bytes that were read beyond the head. */
  rest: Buffer
}

const MOST_HEAD_BYTES = 16 * 1024 * 1024

/**
 * Reads up to the flush that ends the commands; undefined when the body is nothing but a flush
 * (git's probe).
 */
export async function readPushHead(body: AsyncIterator<Buffer>): Promise<PushHead | undefined> {
  const reader = new PktReader()
  const head: PushHead = { commands: [], shallow: [], capabilities: '', rest: Buffer.alloc(0) }
  let size = 0
  for (;;) {
    for (let packet = reader.next(); packet; packet = reader.next()) {
      if (packet.kind === 'flush') {
        head.rest = reader.rest
        return head.commands.length > 0 ? head : undefined
      }
      take(head, packet)
    }
    const { value, done } = await body.next()
    if (done) throw new NotPktLines('the push ends before its commands do')
    size += value.length
    if (size > MOST_HEAD_BYTES && reader.rest.length > 0) {
      throw new NotPktLines('more references than a push may hold')
    }
    reader.feed(value)
  }
}

function take(head: PushHead, packet: Packet): void {
  if (packet.kind !== 'data') throw new NotPktLines('a delimiter among the commands')
  const [text = '', capabilities] = packet.payload.toString('utf8').replace(/\n$/, '').split('\0')
  const shallow = /^shallow ([0-9a-f]{40})$/.exec(text)
  if (shallow) {
    head.shallow.push(shallow[1]!)
    return
  }
  const command = /^([0-9a-f]{40}) ([0-9a-f]{40}) (.+)$/s.exec(text)
  if (!command) throw new NotPktLines('a line that is no command')
  if (capabilities !== undefined && head.commands.length === 0) head.capabilities = capabilities
  head.commands.push({ before: command[1]!, after: command[2]!, ref: command[3]! })
}

export function hasCapability(head: PushHead, name: string): boolean {
  return head.capabilities.split(' ').includes(name)
}

/** The head again, with only some of its commands: what git is given. */
export function writePushHead(head: PushHead, commands: PushCommand[]): Buffer {
  const lines = commands.map(({ before, after, ref }, index) => {
    const capabilities = index === 0 ? `\0${head.capabilities}` : ''
    return pktLine(`${before} ${after} ${ref}${capabilities}`)
  })
  const shallow = head.shallow.map((sha) => pktLine(`shallow ${sha}`))
  return Buffer.concat([...shallow, ...lines, FLUSH])
}
