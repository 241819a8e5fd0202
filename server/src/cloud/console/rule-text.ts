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
}

/** The line that an alarm watches: `Errors >= 1`. */
export function ruleText({ MetricName, ComparisonOperator = '', Threshold }: Rule): string {
  const sign = signs[ComparisonOperator] ?? ComparisonOperator
  return `${MetricName ?? 'expression'} ${sign} ${Threshold ?? ''}`.trim()
}
