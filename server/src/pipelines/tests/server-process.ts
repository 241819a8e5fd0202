import { startBed } from './bed.ts'

// A server of its own that a test can end with SIGKILL: `node server-process.ts <data folder>`.
const bed = await startBed(process.argv[2]!)
process.stdout.write(`${bed.origin}\n`)
