export { pullConflicts, resolveConflicts } from './conflicts.ts'
