import type { DynamoDb, Input, Operations, RequestContext } from '../../gateway/index.ts'
import { enqueueDelivery } from './kinesis-delivery.ts'
import { describedTable, type DynamoParts } from './parts.ts'
import { invalid } from './refusals.ts'
import type { Destination, Table } from './table-model.ts'

type Given = Input<DynamoDb, 'EnableKinesisStreamingDestination'>

export const kinesisOperations = (parts: DynamoParts) =>
  ({
    EnableKinesisStreamingDestination: (input, ctx) => enable(parts, input, ctx),

    async DisableKinesisStreamingDestination(input, ctx) {
      const table = describedTable(parts, ctx, input.TableName)
      if (input.EnableKinesisStreamingConfiguration) {
        throw invalid(
          'Stream cannot be disabled using EnableKinesisStreamingConfiguration parameters',
        )
      }
      const found = find(table, input.StreamArn!)
      if (!found?.isActive) {
        throw wrongState('KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.')
      }
      const { precision: _forgotten, ...rest } = found
      await save(parts, table, { ...rest, isActive: false })
      return {
        TableName: table.name,
        StreamArn: found.streamArn,
        DestinationStatus: 'DISABLING',
        EnableKinesisStreamingConfiguration: {},
      }
    },

    async UpdateKinesisStreamingDestination(input, ctx) {
      const table = describedTable(parts, ctx, input.TableName)
      const config = input.UpdateKinesisStreamingConfiguration
      const precision = config?.ApproximateCreationDateTimePrecision
      if (!precision) {
        throw invalid(
          'Streaming destination cannot be updated with given parameters: ' +
            'UpdateKinesisStreamingConfiguration cannot be null or contain only null values',
        )
      }
      const found = find(table, input.StreamArn!)
      if (!found?.isActive) {
        throw wrongState(
          'Kinesis streaming is not in ACTIVE state. Updates are only allowed in ACTIVE state. ' +
            `TableName: ${table.name}, kdsArn: ${input.StreamArn}`,
        )
      }
      if ((found.precision ?? 'MILLISECOND') === precision) {
        throw invalid(
          `Invalid Request: Precision is already set to the desired value of ${precision} for ` +
            `tableId: ${table.uuid}, kdsArn: ${found.streamArn}`,
        )
      }
      await save(parts, table, { ...found, precision })
      return {
        TableName: table.name,
        StreamArn: found.streamArn,
        DestinationStatus: 'UPDATING',
        UpdateKinesisStreamingConfiguration: config,
      }
    },

    DescribeKinesisStreamingDestination(input, ctx) {
      const table = describedTable(parts, ctx, input.TableName)
      return {
        TableName: table.name,
        KinesisDataStreamDestinations: (table.destinations ?? []).map((one) => ({
          StreamArn: one.streamArn,
          DestinationStatus: one.isActive ? ('ACTIVE' as const) : ('DISABLED' as const),
          ...(one.precision && { ApproximateCreationDateTimePrecision: one.precision }),
        })),
      }
    },
  }) satisfies Operations<DynamoDb>

const wrongState = (why: string) =>
  invalid(`Table is not in a valid state to enable Kinesis Streaming Destination: ${why}`)

const find = ({ destinations = [] }: Table, arn: string) =>
  destinations.find(({ streamArn }) => streamArn === arn)

async function save({ tables }: DynamoParts, table: Table, changed: Destination): Promise<void> {
  const others = (table.destinations ?? []).filter(({ streamArn: a }) => a !== changed.streamArn)
  await tables.save({ ...table, destinations: [...others, changed] })
}

async function enable(parts: DynamoParts, input: Given, ctx: RequestContext) {
  const table = describedTable(parts, ctx, input.TableName)
  if (table.destinations?.some(({ isActive }) => isActive)) {
    throw wrongState(
      'EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform ENABLE ' +
        'operation.',
    )
  }
  // It is the caller who must be able to see the stream; Kinesis itself says that it isn't there.
  await ctx.aws.kinesis.describeStreamSummary({ StreamARN: input.StreamArn! })
  const config = input.EnableKinesisStreamingConfiguration
  const precision = config?.ApproximateCreationDateTimePrecision
  const known = find(table, input.StreamArn!)
  const destination: Destination = {
    id: known?.id ?? parts.tables.newId(),
    streamArn: input.StreamArn!,
    isActive: true,
    ...(precision && { precision }),
  }
  await save(parts, table, destination)
  const { jobs, database } = parts.deps.kernel
  await database.write((tx) => enqueueDelivery(jobs, tx, table.id, destination.id))
  return {
    TableName: table.name,
    StreamArn: destination.streamArn,
    DestinationStatus: 'ENABLING' as const,
    EnableKinesisStreamingConfiguration: config ?? {},
  }
}
