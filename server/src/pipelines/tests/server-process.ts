import { startBed } from './bed.ts'

// A server of its own that a test can end with SIGKILL: `node server-process.ts <data folder> [port]`.
const [, , home, port] = process.argv
const bed = await startBed(home!, port === undefined ? {} : { config: { port: Number(port) } })
process.stdout.write(`${bed.origin}\n`)
