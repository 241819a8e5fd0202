export {
  type Coverage,
  coverageParsers,
  type CoverageParser,
  type FileCoverage,
  mergeCoverage,
  percentOf,
  type Ratio,
} from './coverage.ts'
export { UnreadableReport } from './elements.ts'
export {
  compareIssues,
  identityOf,
  type Issue,
  type Severity,
  withoutDuplicates,
} from './issues.ts'
export { type IssueTool, issueTools } from './issue-tools.ts'
