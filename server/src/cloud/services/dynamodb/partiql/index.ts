export { partiqlOperations, statementOrNothing } from './operations.ts'
