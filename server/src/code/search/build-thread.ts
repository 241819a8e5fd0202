import { parentPort, workerData } from 'node:worker_threads'
import { buildSegment, type BuildOrder } from './build-docs.ts'

await buildSegment(workerData as BuildOrder)
parentPort?.close()
