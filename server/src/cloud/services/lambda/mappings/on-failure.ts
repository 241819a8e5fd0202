import { AwsError } from '../../../gateway/index.ts'
import { recordKey } from '../destinations.ts'
import { functionArn } from '../model.ts'
import type { LambdaParts } from '../parts.ts'
import type { BatchOutcome } from './batch.ts'
import {
  kindOf,
  type MappingConfig,
  regionOf,
  type SourceRecord,
  type MappingRow,
} from './model.ts'
import { queueUrl } from './queue-source.ts'

interface Discarded {
  shard: string
  records: SourceRecord[]
  condition: string
  attempts: number
  outcome: BatchOutcome | undefined
  region: string
}

/** Tells the on-failure destination which records were given up (not their contents, as AWS does). */
export async function discarded(
  parts: LambdaParts,
  row: MappingRow,
  config: MappingConfig,
  given: Discarded,
): Promise<void> {
  const { deps, kernel } = parts
  const { outcome, records } = given
  kernel.log.warn('lambda.recordsDiscarded', {
    mapping: row.uuid,
    shard: given.shard,
    records: records.length,
    condition: given.condition,
  })
  if (config.onFailure === undefined) return
  const record = {
    requestContext: {
      requestId: outcome?.requestId ?? crypto.randomUUID(),
      functionArn: functionArn(row, row.function_name, row.qualifier ?? undefined),
      condition: given.condition,
      approximateInvokeCount: given.attempts,
    },
    ...(outcome && {
      responseContext: {
        statusCode: 200,
        executedVersion: outcome.executedVersion,
        functionError: outcome.functionError ?? null,
      },
    }),
    version: '1.0',
    timestamp: new Date(kernel.clock.now()).toISOString(),
    [kindOf(row) === 'kinesis' ? 'KinesisBatchInfo' : 'DDBStreamBatchInfo']: batchInfo(row, given),
  }
  const principal = await deps.sessions.rolePrincipal({
    roleArn: row.role_arn,
    sessionName: 'lambda-destination',
  })
  const kind = config.onFailure.split(':')[2]
  const region = regionOf(config.onFailure) || row.region
  const aws = deps.as({ principal, region, account: row.account })
  try {
    if (kind === 's3') {
      // A bucket has room for the records, too.
      const payload = { Records: records.map(({ event }) => event) }
      await aws.s3.putObject({
        Bucket: config.onFailure.split(':')[5]!,
        Key: recordKey(`${row.uuid}/${given.shard}`, kernel.clock.now()),
        Body: Buffer.from(JSON.stringify({ ...record, payload })),
      })
    } else if (kind === 'sns') {
      await aws.sns.publish({ TopicArn: config.onFailure, Message: JSON.stringify(record) })
    } else {
      const QueueUrl = queueUrl(parts, config.onFailure)
      await aws.sqs.sendMessage({ QueueUrl, MessageBody: JSON.stringify(record) })
    }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    kernel.log.warn('lambda.destinationFailed', { mapping: row.uuid, reason: error.message })
  }
}

function batchInfo(row: MappingRow, { shard, records }: Discarded) {
  const [first, last] = [records[0]!, records.at(-1)!]
  // A table's stream tells whole seconds.
  const isTable = kindOf(row) === 'dynamodb'
  const at = ({ arrivedAtMs }: SourceRecord) => {
    const text = new Date(arrivedAtMs).toISOString()
    return isTable ? text.replace(/\.\d+/, '') : text
  }
  return {
    shardId: shard,
    startSequenceNumber: first.position,
    endSequenceNumber: last.position,
    approximateArrivalOfFirstRecord: at(first),
    approximateArrivalOfLastRecord: at(last),
    batchSize: records.length,
    streamArn: row.source_arn,
  }
}
