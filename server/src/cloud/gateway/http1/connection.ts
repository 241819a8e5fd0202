import type { Socket } from 'node:net'
import type { Headers, IncomingHttp, OutgoingHttp, RequestBody } from '../http.ts'
import { BrokenOff } from '../gone.ts'
import { LongBody } from '../long-body.ts'
import { bodyPatienceMs, stalled, stalledBody } from '../stalled.ts'
import { keepAliveS } from './answer-head.ts'
import { letGo, writeAnswer } from './answer.ts'
import { writeNow } from './outbox.ts'
import { type PlainHead, readHead, wholeBodyBytes } from './request-head.ts'

export interface ConnectionOptions {
  handle(request: IncomingHttp): Promise<OutgoingHttp>
  /**
   * Takes over a connection whose next request isn't plain, with everything of it that was read. No
   * answer is pending then. `isFirst`: nothing was served on it yet.
   */
  handOver(socket: Socket, unread: Buffer, isFirst: boolean): void
  failed(error: unknown): void
}

// What node:http's own default allows (headersTimeout).
const headMs = 60_000
const aheadBytes = wholeBodyBytes + 16 * 1024

const none = Buffer.alloc(0)
const timedOut = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n'

/**
 * One HTTP/1.1 connection, one request after another: pipelined ones wait their turn, so answers keep
 * their order. It reads on while it answers, to learn of a client that leaves.
 */
export class PlainConnection {
  readonly #socket: Socket
  readonly #options: ConnectionOptions
  readonly #sourceIp: string
  #unread: Buffer = none
  /** Of the request whose body is still coming. */
  #head: PlainHead | undefined
  /** What is still arriving, of the current request or of one that was answered without it. */
  #long: LongBody | undefined
  #current: PlainRequest | undefined
  #served = 0
  /** Since when a request, or the rest of one, is awaited. */
  #waitsSince = performance.now()
  #hasEnded = false
  #isClosing = false
  #isHandedOver = false

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket
    this.#options = options
    this.#sourceIp = socket.remoteAddress ?? ''
    socket.on('end', this.#onEnd)
    socket.on('close', this.#onClose)
    // A client that breaks off is no news; 'close' follows.
    socket.on('error', ignore)
  }

  /** Lets an answer in flight end, then closes; an idle connection closes now. */
  close(): void {
    this.#isClosing = true
    writeNow()
    if (!this.#current && this.#unread.length === 0 && !this.#head) this.#socket.destroy()
  }

  /** Ends a connection that said nothing for too long. */
  checkTime(now: number): void {
    const waitedMs = now - this.#waitsSince
    if (this.#current) {
      if (this.#long?.hasRoom && waitedMs > bodyPatienceMs) this.#long.fail(stalled())
      return
    }
    if (this.#unread.length === 0 && !this.#head) {
      if (waitedMs > keepAliveS * 1000) this.#socket.destroy()
    } else if (this.#head) {
      if (waitedMs > bodyPatienceMs) this.#giveUp(this.#head)
    } else if (waitedMs > headMs) {
      this.#socket.end(timedOut, () => this.#socket.destroy())
    }
  }

  /** The answer is in the form of whom the body was for, and the last thing on this connection. */
  #giveUp(head: PlainHead): void {
    this.#isClosing = true
    this.#unread = none
    this.#serve(head, stalledBody())
  }

  /** Takes what was read; the piece may lie in memory that the next read overwrites. */
  take(piece: Buffer): void {
    if (this.#isHandedOver) {
      this.#socket.push(Buffer.from(piece))
      return
    }
    if (this.#head || this.#long || this.#unread.length === 0) this.#waitsSince = performance.now()
    if (this.#long) {
      const length = this.#long.put(piece)
      this.#checkRoom()
      // Behind an answer that was the last, nothing is read.
      if (length === piece.length || this.#socket.writableEnded) return
      this.take(piece.subarray(length))
      return
    }
    if (this.#current || this.#unread.length > 0) {
      this.#unread = Buffer.concat([this.#unread, piece])
      if (!this.#current) this.#next()
      else if (this.#unread.length > aheadBytes) this.#socket.pause()
      return
    }
    this.#unread = piece
    this.#next()
    if (this.#unread.length > 0) this.#unread = Buffer.from(this.#unread)
  }

  /** Where a long body is read to, rather than to what `take` gets. */
  room(): Uint8Array | undefined {
    return this.#long?.hasRoom ? this.#long.room() : undefined
  }

  took(length: number): void {
    this.#waitsSince = performance.now()
    this.#long!.took(length)
    this.#checkRoom()
  }

  #checkRoom(): void {
    if (this.#long!.isWhole) this.#long = undefined
    else if (!this.#long!.hasRoom) this.#socket.pause()
  }

  readonly #onRoom = (): void => {
    if (this.#long?.hasRoom && this.#socket.isPaused()) this.#socket.resume()
  }

  #breakOff(): void {
    this.#long?.fail(new BrokenOff())
    this.#long?.over()
    this.#long = undefined
  }

  readonly #onEnd = (): void => {
    this.#hasEnded = true
    this.#breakOff()
    // It may only have closed its half: the answer is still sent, but nothing waits for long.
    this.#current?.leave()
    if (!this.#current) this.#end()
  }

  readonly #onClose = (): void => {
    this.#breakOff()
    this.#current?.leave()
  }

  #next(): void {
    if (!this.#head) {
      const head = readHead(this.#unread)
      if (head === 'partial') return this.#await()
      if (head === 'unusual') return this.#handOver()
      if (head.bodyBytes > wholeBodyBytes) return this.#serveLong(head)
      this.#head = head
      this.#unread = this.#unread.subarray(head.headBytes)
    }
    const { bodyBytes } = this.#head
    if (this.#unread.length < bodyBytes) return this.#await()
    const body = bodyBytes === 0 ? none : Buffer.from(this.#unread.subarray(0, bodyBytes))
    const isAll = this.#unread.length === bodyBytes
    this.#unread = isAll ? none : this.#unread.subarray(bodyBytes)
    this.#serve(this.#head, body)
  }

  /** Nothing to do until more arrives; from a client that ended its half, nothing will. */
  #await(): void {
    if (this.#hasEnded) this.#end()
  }

  #serveLong(head: PlainHead): void {
    const body = LongBody.of(head.bodyBytes, this.#onRoom)
    if (!body) return this.#handOver()
    const begun = this.#unread.subarray(head.headBytes)
    const length = body.put(begun)
    this.#unread = length === begun.length ? none : begun.subarray(length)
    if (!body.isWhole) this.#long = body
    this.#onRoom()
    this.#serve(head, body)
    if (this.#hasEnded) this.#breakOff()
  }

  #serve(head: PlainHead, body: RequestBody): void {
    this.#head = undefined
    this.#served++
    const request = new PlainRequest(head, body, this.#sourceIp)
    this.#current = request
    const long = body instanceof LongBody ? body : undefined
    const isLast = () => head.isLast || this.#isClosing || this.#long !== undefined
    this.#options
      .handle(request)
      .then((reply) => {
        if (this.#socket.destroyed) return letGo(reply.body).then(() => true)
        return writeAnswer(this.#socket, reply, {
          method: head.method,
          isLast: isLast(),
        })
      })
      .then(
        (ends) => {
          long?.leave()
          this.#done(ends)
        },
        (error: unknown) => {
          long?.leave()
          this.#options.failed(error)
          // Too late for an error in the client's form: a cut connection says that it isn't whole.
          writeNow()
          this.#socket.destroy()
        },
      )
  }

  #done(ends: boolean): void {
    this.#current = undefined
    if (ends) {
      this.#end()
      return
    }
    this.#waitsSince = performance.now()
    if (this.#unread.length <= aheadBytes && this.#socket.isPaused()) this.#socket.resume()
    if (this.#unread.length > 0) this.#next()
    else if (this.#hasEnded || this.#isClosing) this.#end()
  }

  #end(): void {
    writeNow()
    this.#socket.end()
  }

  #handOver(): void {
    // Nothing can be put back into a stream that has ended; node:http would not have answered either.
    if (this.#hasEnded) {
      this.#end()
      return
    }
    writeNow()
    this.#isHandedOver = true
    const unread = Buffer.from(this.#unread)
    this.#unread = none
    this.#socket.off('end', this.#onEnd)
    this.#socket.off('close', this.#onClose)
    this.#socket.off('error', ignore)
    this.#options.handOver(this.#socket, unread, this.#served === 0)
  }
}

const ignore = (): void => undefined

/** Its signal is made when asked for: most operations never do, and it costs as much as routing. */
class PlainRequest implements IncomingHttp {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly sourceIp: string
  body: RequestBody
  #leaving: AbortController | undefined
  #hasLeft = false

  constructor({ method, url, headers }: PlainHead, body: RequestBody, sourceIp: string) {
    this.method = method
    this.url = url
    this.headers = headers
    this.body = body
    this.sourceIp = sourceIp
  }

  get signal(): AbortSignal {
    this.#leaving ??= new AbortController()
    if (this.#hasLeft) this.#leaving.abort()
    return this.#leaving.signal
  }

  leave(): void {
    this.#hasLeft = true
    this.#leaving?.abort()
  }
}
