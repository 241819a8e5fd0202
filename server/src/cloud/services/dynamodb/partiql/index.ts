export { partiqlOperations } from './operations.ts'
export { statementOrNothing } from './parser.ts'
