// Event patterns: EventBridge's language, whose reader SNS uses for its filter policies, too.
export { type Alternative, compilePattern, type Pattern } from './compile.ts'
export { PatternFault } from './fault.ts'
export { checkJson } from './json-check.ts'
export { matchesPattern } from './match.ts'
