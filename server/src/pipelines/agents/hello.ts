import { decodeFrame } from './frames.ts'
import type { Hello } from './protocol.ts'

const LARGEST_COUNT = 1000

/** What an agent says of itself; undefined when it is no hello, or one that makes no sense. */
export function helloIn(data: Buffer): Hello | undefined {
  const given = headOf(data)
  if (!given) return undefined
  const { name, disk, folder, url, executors, labels, runs, environment } = given
  const isFine =
    isText(name, /^[\w][\w.-]{0,63}$/) &&
    isText(disk, /^[\w-]{1,64}$/) &&
    isText(folder, /^\/./) &&
    isText(url, /^https?:\/\//) &&
    typeof executors === 'number' &&
    Number.isInteger(executors) &&
    executors >= 1 &&
    executors <= LARGEST_COUNT &&
    isTexts(labels) &&
    labels.every((label) => /^[^\s()&|!"]+$/.test(label)) &&
    isTexts(runs) &&
    isVariables(environment)
  return isFine ? { name, disk, folder, url, executors, labels, runs, environment } : undefined
}

function headOf(data: Buffer): Record<string, unknown> | undefined {
  try {
    const { hello } = decodeFrame(data).head as { hello?: unknown }
    return typeof hello === 'object' && hello !== null
      ? (hello as Record<string, unknown>)
      : undefined
  } catch {
    return undefined // no frame: not one of ours
  }
}

const isText = (value: unknown, form: RegExp): value is string =>
  typeof value === 'string' && form.test(value)

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length <= LARGEST_COUNT && value.every((one) => isText(one, /^/))

const isVariables = (value: unknown): value is Record<string, string> =>
  typeof value === 'object' && value !== null && isTexts(Object.values(value))
