import { join } from 'node:path'
import type { FoundFile } from '../agents/index.ts'
import type { Call } from '../engine/index.ts'
import { UnreadableReport } from '../reports/index.ts'
import { bytesOf, filesIn } from './machine.ts'

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
  read: (text: string) => T | Promise<T>,
  told: (name: string, path: string, value: T) => void,
): Promise<{ reports: ReadReport<T>[]; isWhole: boolean }> {
  const folder = call.scope.folder!
  speak(`Searching for all files in '${folder}' that match the pattern '${pattern}'`)
  speak('Traversing of symbolic links: enabled')
  const files = await filesIn(call, { includes: pattern })
  if (files.length === 0) {
    speak('Errors during parsing', true)
    speak(`No files found for pattern '${pattern}'. Configuration error?`, true)
    return { reports: [], isWhole: false }
  }
  speak(`-> found ${plural(files.length, 'file')}`)
  const reports: ReadReport<T>[] = []
  for (const file of files) {
    const name = file.path
    const path = join(folder, name)
    try {
      const value = await read(await textOf(call, path, file))
      told(name, path, value)
      reports.push({ name, value })
    } catch (error) {
      if (!(error instanceof UnreadableReport)) throw error
      speak(`Parsing of file '${path}' failed due to an exception: ${error.message}`, true)
    }
  }
  return { reports, isWhole: reports.length === files.length }
}

async function textOf(call: Call, path: string, { size }: FoundFile): Promise<string> {
  if (size <= LARGEST_REPORT_BYTES) return (await bytesOf(call, path)).toString('utf8')
  throw new UnreadableReport(`it is larger than ${LARGEST_REPORT_BYTES} bytes`)
}

export const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`
