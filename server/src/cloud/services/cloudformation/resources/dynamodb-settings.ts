import type { Aws } from '../../../gateway/index.ts'
import type { Value } from '../model.ts'
import { document, flag, number, structure, text } from './property.ts'

type DynamoDb = Aws['dynamodb']

/** Puts one property of a table that is there; undefined takes it back. */
export type TableSetting = (
  dynamodb: DynamoDb,
  table: { TableName?: string | undefined; TableArn?: string | undefined },
  next: Value | undefined,
  before: Value | undefined,
) => Promise<void>

/** What a table has beside UpdateTable. */
export const settings: Record<string, TableSetting> = {
  async PointInTimeRecoverySpecification(dynamodb, { TableName }, next) {
    const { PointInTimeRecoveryEnabled: enabled, RecoveryPeriodInDays: days } = structure(next)
    const period = number(days)
    await dynamodb.updateContinuousBackups({
      TableName,
      PointInTimeRecoverySpecification: {
        PointInTimeRecoveryEnabled: flag(enabled) ?? false,
        ...(period !== undefined && { RecoveryPeriodInDays: period }),
      },
    })
  },

  async TimeToLiveSpecification(dynamodb, { TableName }, next, before) {
    const put = (given: Value | undefined, enabled: boolean) =>
      dynamodb.updateTimeToLive({
        TableName,
        TimeToLiveSpecification: {
          Enabled: enabled,
          AttributeName: text(structure(given)['AttributeName']),
        },
      })
    const isOn = (given: Value | undefined) => flag(structure(given)['Enabled']) ?? false
    if (isOn(before)) await put(before, false)
    if (isOn(next)) await put(next, true)
  },

  async ContributorInsightsSpecification(dynamodb, { TableName }, next) {
    const { Enabled: enabled, Mode: mode } = structure(next)
    await dynamodb.updateContributorInsights({
      TableName,
      ContributorInsightsAction: flag(enabled) ? 'ENABLE' : 'DISABLE',
      ...(mode !== undefined && { ContributorInsightsMode: text(mode) as 'THROTTLED_KEYS' }),
    })
  },

  async KinesisStreamSpecification(dynamodb, { TableName }, next, before) {
    const StreamArn = text(structure(before)['StreamArn'])
    if (StreamArn !== undefined) {
      await dynamodb.disableKinesisStreamingDestination({ TableName, StreamArn })
    }
    const given = structure(next)
    const wanted = text(given['StreamArn'])
    if (wanted === undefined) return
    const precision = text(given['ApproximateCreationDateTimePrecision'])
    await dynamodb.enableKinesisStreamingDestination({
      TableName,
      StreamArn: wanted,
      ...(precision !== undefined && {
        EnableKinesisStreamingConfiguration: {
          ApproximateCreationDateTimePrecision: precision as 'MICROSECOND',
        },
      }),
    })
  },

  async ResourcePolicy(dynamodb, { TableArn: ResourceArn }, next) {
    const { PolicyDocument: policy } = structure(next)
    if (policy === undefined) await dynamodb.deleteResourcePolicy({ ResourceArn })
    else await dynamodb.putResourcePolicy({ ResourceArn, Policy: document(policy) })
  },
}
