import { randomBytes } from 'node:crypto'
import {
  AwsError,
  type CallFact,
  type IncomingHttp,
  type OutgoingHttp,
} from '../../gateway/index.ts'
import { accessLogLine } from './access-log-line.ts'
import { readTargetGrants } from './bucket-kept.ts'
import type { AclPermission, Bucket } from './model.ts'
import { ownerOf } from './owner.ts'
import type { S3Parts } from './parts.ts'
import type { LoggingEnabled } from './sdk-shapes.ts'

/**
 * Server access logs: requests of buckets that want them, written as objects to where they want them.
 * Best effort, as at AWS: what hasn't been delivered when the process is killed is lost.
 */
export interface AccessLogs {
  /** A request has been decided; `answered` follows with its answer. */
  decided(fact: CallFact): void
  answered(request: IncomingHttp, reply: OutgoingHttp): void
  /** Writes what waits. */
  deliver(): Promise<void>
}

// AWS takes minutes to hours.
const DELAY_MS = 3000
const MOST_LINES = 50_000

export function createAccessLogs({ kernel, deps, buckets }: S3Parts): AccessLogs {
  const decided = new Map<string, { fact: CallFact; bucket: Bucket }>()
  const waiting = new Map<string, string[]>()
  let timer: NodeJS.Timeout | undefined
  const write = async (source: Bucket, logging: LoggingEnabled, lines: string[]) => {
    const principal = deps.sessions.serviceOf('logging.s3.amazonaws.com', source.account)
    await deps.as({ principal, region: source.region }).s3.putObject({
      Bucket: logging.TargetBucket!,
      Key: keyOf(source, logging, kernel.clock.now()),
      Body: Buffer.from(`${lines.join('\n')}\n`),
      ContentType: 'text/plain',
      ...grantHeaders(source, logging),
    })
  }
  const deliver = async () => {
    clearTimeout(timer)
    timer = undefined
    const all = [...waiting]
    waiting.clear()
    for (const [name, lines] of all) {
      const source = buckets.get(name)
      const logging = source?.settings.logging
      if (!source || !logging) continue
      try {
        await write(source, logging, lines)
      } catch (error) {
        // The target may be gone or shut meanwhile, which AWS tells nobody either.
        if (!(error instanceof AwsError)) throw error
        kernel.log.warn('cloud.s3.accessLog', { bucket: name, error })
      }
    }
  }
  const deliverSoon = () => {
    timer ??= setTimeout(() => {
      deliver().catch((error: unknown) => kernel.log.error('cloud.s3.accessLog', { error }))
    }, DELAY_MS).unref()
  }
  kernel.onStop(deliver)
  return {
    deliver,
    decided(fact) {
      if (fact.service !== 's3' || fact.inProcess) return
      const bucket = buckets.get(String(fact.input?.['Bucket']))
      if (bucket?.settings.logging) decided.set(fact.requestId, { fact, bucket })
    },
    answered(request, reply) {
      if (decided.size === 0) return
      const id = reply.headers.find(([name]) => name === 'x-amz-request-id')?.[1]
      const found = id === undefined ? undefined : decided.get(id)
      if (!found) return
      decided.delete(id!)
      const { bucket, fact } = found
      const lines = waiting.get(bucket.name) ?? []
      if (lines.length < MOST_LINES) lines.push(accessLogLine(bucket, fact, request, reply))
      waiting.set(bucket.name, lines)
      deliverSoon()
    },
  }
}

const memberOf: Partial<Record<AclPermission, string>> = {
  FULL_CONTROL: 'GrantFullControl',
  READ: 'GrantRead',
  READ_ACP: 'GrantReadACP',
  WRITE: 'GrantWrite',
  WRITE_ACP: 'GrantWriteACP',
}

/** What the log object grants beside its owner's control, where the configuration asks for more. */
function grantHeaders({ account }: Bucket, { TargetGrants = [] }: LoggingEnabled) {
  if (TargetGrants.length === 0) return {}
  const wanted = readTargetGrants(account, TargetGrants)
  const headers: Record<string, string> = { GrantFullControl: `id="${ownerOf(account).ID}"` }
  for (const { to, permission } of wanted) {
    const name = memberOf[permission]!
    const grantee = 'uri' in to ? `uri="${to.uri}"` : `id="${to.id}"`
    headers[name] = headers[name] === undefined ? grantee : `${headers[name]}, ${grantee}`
  }
  return headers
}

function keyOf(source: Bucket, logging: LoggingEnabled, now: number): string {
  const { TargetPrefix = '', TargetObjectKeyFormat } = logging
  const time = new Date(now).toISOString()
  const stamp = time.slice(0, 19).replaceAll(/[T:]/g, '-')
  const name = `${stamp}-${randomBytes(8).toString('hex').toUpperCase()}`
  if (!TargetObjectKeyFormat?.PartitionedPrefix) return TargetPrefix + name
  const day = time.slice(0, 10).replaceAll('-', '/')
  return `${TargetPrefix}${source.account}/${source.region}/${source.name}/${day}/${name}`
}
