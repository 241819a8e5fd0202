// Logs Insights: its language, and what a query finds of events.
export { discoveredFields } from './discovered.ts'
export type { Value } from './functions.ts'
export { type Answer, type Row, runQuery } from './run.ts'
export { type Command, parseQuery } from './syntax.ts'
