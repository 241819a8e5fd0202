/** What is wrong with a dashboard's body, and where, in the words of the real service. */
export interface BodyFault {
  dataPath: string
  message: string
}

type Shape = Record<string, unknown>
type Check = (properties: Shape, dataPath: string) => BodyFault[]

const isShape = (value: unknown): value is Shape =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const needs = (of: Shape, dataPath: string, ...names: string[]): BodyFault[] =>
  names
    .filter((name) => of[name] === undefined)
    .map((name) => ({ dataPath, message: `Should have required property '${name}'` }))

const atLeastOne: BodyFault['message'] = 'Should NOT have less than 1 items'

const alarmWidget: Check = (properties, dataPath) => {
  const { alarms } = properties
  if (!Array.isArray(alarms)) return needs(properties, dataPath, 'alarms')
  return alarms.length > 0 ? [] : [{ dataPath: `${dataPath}/alarms`, message: atLeastOne }]
}

/** A graph has metrics and a Region to read them from, or the alarm of an annotation. */
const metricWidget: Check = (properties, dataPath) => {
  const { metrics, annotations, region } = properties
  const message =
    'The metric widget should have specified a region and a data source or an alarm annotation'
  if (metrics === undefined && annotations === undefined) {
    return [
      ...needs(properties, dataPath, 'metrics'),
      { dataPath, message },
      ...needs(properties, dataPath, 'annotations'),
    ]
  }
  if (metrics === undefined) return []
  if (!Array.isArray(metrics))
    return [{ dataPath: `${dataPath}/metrics`, message: 'Should be array' }]
  const rows = metrics.flatMap((row, i) =>
    Array.isArray(row)
      ? []
      : [{ dataPath: `${dataPath}/metrics/${i}`, message: 'Should be array' }],
  )
  return [...rows, ...(region === undefined ? needs(properties, dataPath, 'region') : [])]
}

const checks: Record<string, Check> = {
  metric: metricWidget,
  alarm: alarmWidget,
  text: (properties, dataPath) => needs(properties, dataPath, 'markdown'),
  log: (properties, dataPath) => needs(properties, dataPath, 'query', 'region'),
}

/** Widgets of kinds that aren't known here are taken as they are. */
export function bodyFaults(body: Shape): BodyFault[] {
  const { widgets } = body
  if (widgets === undefined) return needs(body, '', 'widgets')
  if (!Array.isArray(widgets)) return [{ dataPath: '/widgets', message: 'Should be array' }]
  return widgets.flatMap((widget: unknown, i) => {
    const dataPath = `/widgets/${i}`
    if (!isShape(widget)) return [{ dataPath, message: 'Should be object' }]
    const { type, properties } = widget
    const missing = needs(widget, dataPath, 'type', 'properties')
    if (missing.length > 0) return missing
    const at = `${dataPath}/properties`
    if (!isShape(properties)) return [{ dataPath: at, message: 'Should be object' }]
    const check = Object.hasOwn(checks, String(type)) ? checks[String(type)] : undefined
    return check?.(properties, at) ?? []
  })
}
