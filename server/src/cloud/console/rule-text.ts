const signs: Record<string, string> = {
  GreaterThanOrEqualToThreshold: '>=',
  GreaterThanThreshold: '>',
  LessThanThreshold: '<',
  LessThanOrEqualToThreshold: '<=',
}

interface Rule {
  MetricName?: string
  ComparisonOperator?: string
  Threshold?: number
  DatapointsToAlarm?: number
  EvaluationPeriods?: number
  Period?: number
}

/** The rule as AWS's console words it: `Errors >= 1 for 1 datapoints within 1 minute`. */
export function ruleText(rule: Rule): string {
  const sign = signs[rule.ComparisonOperator ?? ''] ?? rule.ComparisonOperator ?? ''
  const periods = rule.EvaluationPeriods ?? 1
  const seconds = periods * (rule.Period ?? 60)
  const within = seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`
  const points = rule.DatapointsToAlarm ?? periods
  const subject = rule.MetricName ?? 'expression'
  return `${subject} ${sign} ${rule.Threshold ?? '?'} · ${points}/${periods} · ${within}`
}
