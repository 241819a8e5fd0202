export { LineWriter } from './line-writer.ts'
export { type LogPart, logSize, readLog, readLogBytes } from './log-index.ts'
export { Masks } from './masks.ts'
export { type LogTag, RunLog } from './run-log.ts'
