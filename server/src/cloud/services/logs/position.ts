import { invalid } from './model.ts'

/** Place of an event in its stream or group: by time, then by arrival, then by order in its batch. */
export interface Position {
  timestamp: number
  batch: number
  index: number
}

export function compare(a: Position, b: Position): number {
  return a.timestamp - b.timestamp || a.batch - b.batch || a.index - b.index
}

export const earliest: Position = { timestamp: 0, batch: 0, index: 0 }
export const justBefore = (timestamp: number): Position => ({ timestamp, batch: -1, index: 0 })

const digits = (value: number, length: number) => String(value).padStart(length, '0')

/** 56 digits, as CloudWatch Logs' own event ids; they sort as the events do. */
export function eventId({ timestamp, batch, index }: Position): string {
  return `3${digits(timestamp, 20)}${digits(batch, 25)}${digits(index, 10)}`
}

export const tokenOf = (direction: 'f' | 'b', position: Position) =>
  `${direction}/${eventId(position)}`

export function readToken(token: string): { direction: 'f' | 'b'; position: Position } {
  const parts = /^([fb])\/3(\d{20})(\d{25})(\d{10})$/.exec(token)
  if (!parts) throw invalid('The specified nextToken is invalid.')
  const [, direction, timestamp, batch, index] = parts
  return {
    direction: direction as 'f' | 'b',
    position: { timestamp: Number(timestamp), batch: Number(batch), index: Number(index) },
  }
}
