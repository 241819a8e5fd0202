import type { CloudWatch, Operations } from '../../gateway/index.ts'
import { invalidValue } from './model.ts'
import type { CloudWatchParts } from './parts.ts'
import { history } from './store-alarms.ts'

/** Entries are removed once a day, so some may be older than the 30 days AWS shows. */
const SHOWN_MS = 30 * 86_400_000

export const historyOperations = (parts: CloudWatchParts) =>
  ({
    async DescribeAlarmHistory(input, ctx) {
      const limit = input.MaxRecords ?? 100
      if (limit < 1 || limit > 100) throw invalidValue('MaxRecords must be between 1 and 100.')
      const offset = Number(input.NextToken ?? 0)
      if (!Number.isSafeInteger(offset) || offset < 0) throw invalidValue('NextToken is not valid.')
      const kinds: string[] = input.AlarmTypes ?? ['MetricAlarm']
      const rows = await history(parts.database, ctx, {
        name: input.AlarmName,
        item: input.HistoryItemType,
        fromMs: Math.max(input.StartDate?.getTime() ?? 0, ctx.now - SHOWN_MS),
        toMs: input.EndDate?.getTime() ?? ctx.now,
        descending: input.ScanBy !== 'TimestampAscending',
        offset,
        limit: limit + 1,
      })
      const page = rows.slice(0, limit)
      return {
        AlarmHistoryItems: page
          .filter((row) => input.AlarmName || kinds.includes(row.kind))
          .map((row) => ({
            AlarmName: row.name,
            AlarmType: row.kind as 'MetricAlarm',
            Timestamp: new Date(row.at),
            HistoryItemType: row.item as 'StateUpdate',
            HistorySummary: row.summary,
            HistoryData: row.data,
          })),
        ...(rows.length > limit && { NextToken: String(offset + limit) }),
      }
    },
  }) satisfies Operations<CloudWatch>
