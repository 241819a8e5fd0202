import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Call } from '../engine/index.ts'
import { UnreadableReport } from '../reports/index.ts'
import { antFiles } from './workspace.ts'

const LARGEST_REPORT_BYTES = 64 * 1024 ** 2

export interface ReadReport<T> {
  name: string
  value: T
}

/** Says a line of a recorder under its name; errors are marked as such. */
export type Speak = (text: string, isError?: boolean) => void

export const speaker =
  (call: Call, name: string): Speak =>
  (text, isError = false) =>
    call.say(`[${name}] ${isError ? '[-ERROR-] ' : ''}${text}`)

/**
 * Reads the reports that a pattern finds, and tells of each as Jenkins' recorders do. `isWhole` is
 * false when one could not be read, or there was none.
 */
export async function readReports<T>(
  call: Call,
  speak: Speak,
  pattern: string,
  read: (text: string) => T,
  told: (name: string, path: string, value: T) => void,
): Promise<{ reports: ReadReport<T>[]; isWhole: boolean }> {
  const folder = call.scope.folder!
  speak(`Searching for all files in '${folder}' that match the pattern '${pattern}'`)
  speak('Traversing of symbolic links: enabled')
  const names = await antFiles(call.scope, { includes: pattern })
  if (names.length === 0) {
    speak('Errors during parsing', true)
    speak(`No files found for pattern '${pattern}'. Configuration error?`, true)
    return { reports: [], isWhole: false }
  }
  speak(`-> found ${plural(names.length, 'file')}`)
  const reports: ReadReport<T>[] = []
  for (const name of names) {
    const path = join(folder, name)
    try {
      const value = read(await textOf(path))
      told(name, path, value)
      reports.push({ name, value })
    } catch (error) {
      if (!(error instanceof UnreadableReport)) throw error
      speak(`Parsing of file '${path}' failed due to an exception: ${error.message}`, true)
    }
  }
  return { reports, isWhole: reports.length === names.length }
}

async function textOf(path: string): Promise<string> {
  if ((await stat(path)).size <= LARGEST_REPORT_BYTES) return readFile(path, 'utf8')
  throw new UnreadableReport(`it is larger than ${LARGEST_REPORT_BYTES} bytes`)
}

export const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`
