export { conflictedMerge } from './conflict-files.ts'
export { pullConflicts, resolveConflicts } from './conflicts.ts'
