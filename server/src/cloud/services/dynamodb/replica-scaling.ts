import { AwsError } from '../../gateway/index.ts'
import type { DynamoDb, Input, Operations, RequestContext } from '../../gateway/index.ts'
import type { DynamoParts } from './parts.ts'
import { nameOf, statusOf, type Table } from './table-model.ts'

type UpdateInput = Input<DynamoDb, 'UpdateTableReplicaAutoScaling'>
type Settings = NonNullable<UpdateInput['ProvisionedWriteCapacityAutoScalingUpdate']>

/** What is kept of the settings: for writes, and for reads of each region. */
interface Scaling {
  writes?: Settings
  reads?: Record<string, Settings>
}

/** Scaling of global tables: the settings are kept and shown, throughput doesn't scale by them. */
export const replicaScalingOperations = (parts: DynamoParts) =>
  ({
    DescribeTableReplicaAutoScaling(input, ctx) {
      return describe(parts, globalTable(parts, ctx, input.TableName), ctx.now)
    },

    async UpdateTableReplicaAutoScaling(input, ctx) {
      const table = globalTable(parts, ctx, input.TableName)
      const known = (table.scaling ?? {}) as Scaling
      const reads = (input.ReplicaUpdates ?? []).flatMap(
        ({ RegionName: region, ReplicaProvisionedReadCapacityAutoScalingUpdate: given }) =>
          region !== undefined && given ? [[region, given] as const] : [],
      )
      const writes = input.ProvisionedWriteCapacityAutoScalingUpdate ?? known.writes
      const scaling: Scaling = {
        ...(writes && { writes }),
        reads: { ...known.reads, ...Object.fromEntries(reads) },
      }
      for (const one of [table, ...parts.tables.replicasOf(table)]) {
        await parts.tables.save({ ...one, scaling: { ...scaling } })
      }
      return describe(parts, parts.tables.byId(table.id)!, ctx.now)
    },
  }) satisfies Operations<DynamoDb>

function globalTable(
  { tables }: DynamoParts,
  ctx: RequestContext,
  given: string | undefined,
): Table {
  const name = nameOf(given ?? '')
  const table = tables.get(ctx, name, ctx.now)
  if (table?.group) return table
  throw new AwsError(
    'ResourceNotFoundException',
    `Global table with name: '${name}' does not exist.`,
  )
}

function describe({ tables }: DynamoParts, table: Table, now: number) {
  const { writes, reads = {} } = (table.scaling ?? {}) as Scaling
  const all = [table, ...tables.replicasOf(table)]
  return {
    TableAutoScalingDescription: {
      TableName: table.name,
      TableStatus: statusOf(table, now),
      Replicas: all.map((one) => ({
        RegionName: one.region,
        GlobalSecondaryIndexes: one.indexes
          .filter(({ isGlobal }) => isGlobal)
          .map(({ name }) => ({ IndexName: name, IndexStatus: 'ACTIVE' as const })),
        ReplicaProvisionedReadCapacityAutoScalingSettings: shown(reads[one.region]),
        ReplicaProvisionedWriteCapacityAutoScalingSettings: shown(writes),
        ReplicaStatus: 'ACTIVE' as const,
      })),
    },
  }
}

function shown(given: Settings | undefined) {
  if (!given || given.AutoScalingDisabled) {
    return { AutoScalingDisabled: true, ScalingPolicies: [] }
  }
  const { ScalingPolicyUpdate: policy, ...rest } = given
  const target = policy?.TargetTrackingScalingPolicyConfiguration
  return {
    ...rest,
    AutoScalingDisabled: false,
    ScalingPolicies: policy
      ? [
          {
            ...(policy.PolicyName !== undefined && { PolicyName: policy.PolicyName }),
            ...(target && { TargetTrackingScalingPolicyConfiguration: target }),
          },
        ]
      : [],
  }
}
