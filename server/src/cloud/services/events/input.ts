import type { Target } from '@aws-sdk/client-eventbridge'
import { parsePath, valueAt } from './json-path.ts'
import type { BusEvent } from './model.ts'

const placeholder = /<([\w.-]+)>/g

export const predefined = [
  'aws.events.rule-arn',
  'aws.events.rule-name',
  'aws.events.event',
  'aws.events.event.json',
  'aws.events.event.ingestion-time',
]

export const placeholders = (template: string): string[] =>
  [...template.matchAll(placeholder)].map(([, name]) => name!)

export interface About {
  ruleArn: string
  /** ISO 8601. */
  ingestedAt: string
}

/** What a target is given of an event: the whole, a part, a constant, or a template filled in. */
export function inputFor(target: Target, event: BusEvent, about: About): string {
  const { Input, InputPath, InputTransformer } = target
  if (Input !== undefined) return Input
  if (InputPath !== undefined) {
    const path = parsePath(InputPath)
    const value = path && valueAt(event, path)
    return JSON.stringify(value ?? {})
  }
  if (!InputTransformer) return JSON.stringify(event)
  const { InputPathsMap: paths = {}, InputTemplate: template = '' } = InputTransformer
  const values = new Map<string, unknown>(predefinedValues(event, about))
  for (const [name, text] of Object.entries(paths)) {
    const path = parsePath(text)
    values.set(name, path && valueAt(event, path))
  }
  return filled(template, values)
}

function predefinedValues(event: BusEvent, { ruleArn, ingestedAt }: About): [string, unknown][] {
  const { 'detail-type': detailType, detail: _detail, ...rest } = event
  return [
    ['aws.events.rule-arn', ruleArn],
    ['aws.events.rule-name', ruleArn.split('/').at(-1)],
    ['aws.events.event', { ...rest, detailType }],
    ['aws.events.event.json', event],
    ['aws.events.event.ingestion-time', ingestedAt],
  ]
}

/** Between quotes a value is text; elsewhere it is JSON. One that isn't there is empty. */
function filled(template: string, values: Map<string, unknown>): string {
  let isQuoted = false
  let last = 0
  let text = ''
  for (const match of template.matchAll(placeholder)) {
    const before = template.slice(last, match.index)
    for (const [quote] of before.matchAll(/\\.|"/g)) if (quote === '"') isQuoted = !isQuoted
    text += before + (isQuoted ? quoted : bare)(values.get(match[1]!))
    last = match.index + match[0].length
  }
  return text + template.slice(last)
}

function quoted(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string') return JSON.stringify(value).replaceAll('"', '\\"')
  return JSON.stringify(value).slice(1, -1)
}

const bare = (value: unknown) => (value === undefined ? '""' : JSON.stringify(value))
