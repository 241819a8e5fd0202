import { stringify } from './json.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
const order: Record<LogLevel, number> = { debug: 10, info: 20, warn: 30, error: 40 }

/** Structured log: one JSON object a line on standard error, or short lines for people on a terminal. */
export interface Log {
  debug(event: string, fields?: Record<string, unknown>): void
  info(event: string, fields?: Record<string, unknown>): void
  warn(event: string, fields?: Record<string, unknown>): void
  error(event: string, fields?: Record<string, unknown>): void
  /** A log whose every line carries these fields. */
  with(fields: Record<string, unknown>): Log
}

export interface LogOptions {
  level: LogLevel | 'silent'
  format: 'json' | 'text'
  write?: (line: string) => void
}

export function createLog(options: LogOptions): Log {
  const threshold = options.level === 'silent' ? Infinity : order[options.level]
  const write = options.write ?? ((line) => process.stderr.write(line + '\n'))
  const print = options.format === 'json' ? jsonLine : textLine
  const make = (base: Record<string, unknown>): Log => {
    const at = (level: LogLevel) => (event: string, fields?: Record<string, unknown>) => {
      if (order[level] >= threshold) write(print(level, event, { ...base, ...fields }))
    }
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      with: (fields) => make({ ...base, ...fields }),
    }
  }
  return make({})
}

function jsonLine(level: LogLevel, event: string, fields: Record<string, unknown>): string {
  return stringify({ time: new Date().toISOString(), level, event, ...fields })
}

function textLine(level: LogLevel, event: string, fields: Record<string, unknown>): string {
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${asText(value)}`)
  return [new Date().toISOString().slice(11, 19), level.padEnd(5), event, ...rest].join(' ')
}

function asText(value: unknown): string {
  if (value instanceof Error) return value.stack ?? value.message
  return typeof value === 'string' ? value : stringify(value)
}
