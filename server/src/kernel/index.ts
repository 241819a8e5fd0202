import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createBlobs, type Blobs } from './blobs.ts'
import { sweepDaily } from './blob-days.ts'
import { createClock, type Clock } from './clock.ts'
import type { Config } from './config.ts'
import { type Database, openDatabase } from './database/index.ts'
import type { Events } from './event-model.ts'
import { createEvents } from './events.ts'
import { createHttp, type Http, liveEdge } from './http/index.ts'
import { createIds, type Ids } from './ids.ts'
import { createJobs, type Jobs } from './jobs.ts'
import { createLive, type Live } from './live.ts'
import { lockFolder } from './lock.ts'
import { createLog, type Log } from './log.ts'
import { createMailbox, type Mailbox, mailRoutes } from './mail/index.ts'
import { createOutgoing, type Outgoing } from './outgoing/index.ts'
import { createSecrets, type Secrets } from './secrets.ts'

export { type Blobs, type BlobInfo, BlobTooLarge, type OwnedBlobs } from './blobs.ts'
export type { KeptOf } from './blob-sweep.ts'
export { type Clock, createClock } from './clock.ts'
export { type Config, ConfigError, configFor, readConfig, settings } from './config.ts'
export * from './database/index.ts'
export { errorText, invariant, Refusal, refusals, refuse } from './errors.ts'
export type * from './event-model.ts'
export * from './http/index.ts'
export type { Ids } from './ids.ts'
export type { Job, JobHandler, Jobs, NewJob } from './jobs.ts'
export { parseColumn, stringify } from './json.ts'
export type { Live, LiveMessage } from './live.ts'
export { FolderInUse, startOf } from './lock.ts'
export { createLocks, type Locks } from './locks.ts'
export { createLog, type Log } from './log.ts'
export type { Mail, MailAttachment, Mailbox, NewMail } from './mail/index.ts'
export {
  bytesOf,
  createOutgoing,
  type Outgoing,
  type OutgoingCall,
  type OutgoingReply,
  type Scheme,
  type Target,
  textOf,
} from './outgoing/index.ts'
export { EndlessMatch, userRegex } from './regex.ts'
export type { Secrets } from './secrets.ts'

/** The foundations every capability stands on. */
export interface Kernel {
  readonly config: Config
  readonly log: Log
  readonly clock: Clock
  readonly ids: Ids
  readonly database: Database
  readonly blobs: Blobs
  readonly events: Events
  readonly jobs: Jobs
  readonly secrets: Secrets
  readonly live: Live
  readonly mailbox: Mailbox
  readonly http: Http
  /** Where addresses that people give are called. */
  readonly outgoing: Outgoing
  /** A folder below the data folder, made when missing. */
  folder(name: string): string
  /** Runs before the store closes, the last registered first. */
  onStop(stop: () => Promise<void>): void
  /** Begins jobs and event delivery; every listener and handler is registered by then. */
  start(): Promise<void>
  stop(): Promise<void>
}

/** What a program decides, which is no setting: nobody should turn `durable` off for data they keep. */
export interface KernelGiven {
  log?: Log
  /** False: a crash of the machine may lose what was acknowledged, and no flush to disk is waited for. */
  durable?: boolean
}

/** Opens the data folder (alone: a second process is refused with FolderInUse) and builds the foundations. */
export async function createKernel(config: Config, given: KernelGiven = {}): Promise<Kernel> {
  mkdirSync(config.home, { recursive: true, mode: 0o700 })
  const unlock = lockFolder(config.home)
  try {
    return await build(config, given, unlock)
  } catch (error) {
    unlock()
    throw error
  }
}

async function build(config: Config, given: KernelGiven, unlock: () => void): Promise<Kernel> {
  const { durable = true } = given
  const log = given.log ?? createLog({ level: config.logLevel, format: config.logFormat })
  const clock = createClock()
  const ids = createIds(clock.now)
  const database = await openDatabase(
    config.databaseUrl
      ? { url: config.databaseUrl }
      : { file: join(config.home, 'madang.db'), durable },
  )
  const parts = { database, clock, ids, log }
  const live = createLive()
  const events = await createEvents(parts)
  const jobs = await createJobs(parts)
  const outgoing = createOutgoing(config)
  const http = createHttp({ config, log, ids, outgoing })
  http.edge(liveEdge(live))
  const mailbox = await createMailbox({ ...parts, config, jobs, live })
  http.add(mailRoutes(mailbox))
  const stops: (() => Promise<void>)[] = []
  const blobs = await createBlobs(join(config.home, 'blobs'), { durable })
  const days = sweepDaily({ ...parts, blobs })
  return {
    ...parts,
    config,
    live,
    events,
    jobs,
    mailbox,
    http,
    blobs,
    outgoing,
    secrets: createSecrets(join(config.home, 'secret.key'), config.secretKey),
    folder(name) {
      const path = join(config.home, name)
      mkdirSync(path, { recursive: true })
      return path
    },
    onStop: (stop) => void stops.push(stop),
    async start() {
      await jobs.start()
      events.start()
      days.start()
    },
    async stop() {
      await http.stop()
      for (const stop of stops.reverse()) await stop()
      await jobs.stop()
      await events.stop()
      await days.stop()
      await database.close()
      unlock()
    },
  }
}
