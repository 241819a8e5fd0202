import type { RollbackTriggers } from '../model.ts'
import { invalid } from '../template/index.ts'

interface Given {
  RollbackTriggers?: { Arn?: string; Type?: string }[]
  MonitoringTimeInMinutes?: number
}

const types = ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm']
const MOST_TRIGGERS = 5
const LONGEST_MINUTES = 180

export function rollbackOf(given: Given): RollbackTriggers {
  const { RollbackTriggers: list = [], MonitoringTimeInMinutes: minutes } = given
  if (list.length > MOST_TRIGGERS) throw tooMuch('rollbackTriggers', MOST_TRIGGERS)
  if ((minutes ?? 0) > LONGEST_MINUTES) throw tooMuch('monitoringTimeInMinutes', LONGEST_MINUTES)
  const triggers = list.map(({ Arn: arn = '', Type: type = '' }) => {
    if (!types.includes(type)) throw invalid('Rollback Trigger Type not supported')
    if (!/^arn:aws:cloudwatch:[^:]+:\d+:alarm:.+$/.test(arn)) {
      throw invalid("RelativeId of a Rollback Trigger's ARN is incorrect")
    }
    return { arn, type }
  })
  return { triggers: given.RollbackTriggers && triggers, minutes }
}

function tooMuch(member: string, most: number) {
  return invalid(
    `1 validation error detected: Value at 'rollbackConfiguration.${member}' failed to satisfy ` +
      `constraint: Member must have value less than or equal to ${most}`,
  )
}

export function shownRollback({ triggers, minutes }: RollbackTriggers = {}) {
  return {
    RollbackTriggers: triggers?.map(({ arn, type }) => ({ Arn: arn, Type: type })),
    MonitoringTimeInMinutes: minutes,
  }
}
