import { StringDecoder } from 'node:string_decoder'
import type { OutputLine } from './port.ts'

export const LONGEST_LINE = 256 * 1024

/** Splits a stream at line breaks; the rest is given when it ends. */
export function readLines(stream: NodeJS.ReadableStream, output: (line: OutputLine) => void): void {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  const give = (text: string) => output({ text, atMs: Date.now() })
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split('\n')
    rest = lines.pop()!
    for (const line of lines) give(line)
    while (rest.length > LONGEST_LINE) {
      give(rest.slice(0, LONGEST_LINE))
      rest = rest.slice(LONGEST_LINE)
    }
  })
  stream.on('end', () => {
    rest += decoder.end()
    if (rest !== '') give(rest)
    rest = ''
  })
}
