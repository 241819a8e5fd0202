import type { OutputLine } from './port.ts'

const HEADER_BYTES = 16
const LARGEST_ENTRY = 1024 * 1024

/**
 * Log entries as Lambda's runtimes frame them on `_LAMBDA_TELEMETRY_LOG_FD`: 4 bytes type (0xa55a….),
 * 4 bytes length, 8 bytes moment in µs, then the text (aws-lambda-nodejs-runtime-interface-client).
 */
export function readFrames(
  stream: NodeJS.ReadableStream,
  output: (line: OutputLine) => void,
): void {
  let rest: Buffer<ArrayBufferLike> = Buffer.alloc(0)
  let broken = false
  stream.on('data', (chunk: Buffer) => {
    if (broken) return
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    while (rest.length >= HEADER_BYTES) {
      const size = rest.readUInt32BE(4)
      if (rest.readUInt16BE(0) !== 0xa55a || size > LARGEST_ENTRY) {
        broken = true
        output({ text: '[a log entry was not framed as it has to be]', atMs: Date.now() })
        return
      }
      if (rest.length < HEADER_BYTES + size) return
      const text = rest.toString('utf8', HEADER_BYTES, HEADER_BYTES + size)
      output({ text, atMs: Number(rest.readBigUInt64BE(8) / 1000n), isFramed: true })
      rest = rest.subarray(HEADER_BYTES + size)
    }
  })
}
