import type { CloudAlarm } from '@madang/api'
import { t } from '../i18n/index.ts'
import { durationText } from '../ui/time.tsx'

/** What makes the alarm ring, in a sentence: `Errors >= 1 in 1 of 1 periods of 1 min`. */
export function alarmRule(alarm: CloudAlarm): string {
  const { rule, evaluationPeriods: periods, datapointsToAlarm: points, periodS } = alarm
  if (periods === undefined || periodS === undefined) return rule
  const values = { rule, points, periods, time: durationText(periodS * 1000) }
  return t('cloud.ruleText', values)
}
