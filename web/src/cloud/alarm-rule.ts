import type { CloudAlarm } from '@madang/api'
import { t } from '../i18n/index.ts'
import { durationText } from '../ui/time.tsx'

/** What makes the alarm ring, in a sentence: `Wait > 200 in 2 of 3 periods of 1 min`. */
export function alarmRule(alarm: CloudAlarm): string {
  const { rule, evaluationPeriods: periods, datapointsToAlarm: points, periodS } = alarm
  if (periods === undefined || periodS === undefined) return rule
  const isOnce = periods === 1 && points === 1
  const values = { rule, points, periods, time: durationText(periodS * 1000) }
  return t(isOnce ? 'cloud.ruleOnce' : 'cloud.ruleText', values)
}
