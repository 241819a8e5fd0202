import type { Issue } from './issues.ts'
import { type LineFormatName, readLines } from './issue-lines.ts'
import { readCheckStyle, readCpd, readPmd, readSpotBugs } from './issue-xml.ts'

export interface IssueTool {
  /** Of its results, unless the step names another. */
  id: string
  name: string
  /** Where its report is unless told; none: the step needs a pattern, or the log is read. */
  pattern?: string
  canReadLog: boolean
  read(text: string): Issue[] | Promise<Issue[]>
}

const xml = (id: string, name: string, read: IssueTool['read'], pattern?: string): IssueTool => ({
  id,
  name,
  read,
  canReadLog: false,
  ...(pattern !== undefined && { pattern }),
})

const lines = (id: string, name: string, ...formats: LineFormatName[]): IssueTool => ({
  id,
  name,
  canReadLog: true,
  read: (text) => readLines(text, formats),
})

/** Alone of them it needs zod, which a start doesn't wait for. */
const readSarif = async (text: string) => (await import('./issue-sarif.ts')).readSarif(text)

/** By the symbol that a Jenkinsfile uses. */
export const issueTools: Readonly<Record<string, IssueTool>> = {
  java: lines('java', 'Java', 'mavenCompiler', 'javac'),
  mavenConsole: lines('maven-warnings', 'Maven', 'maven'),
  kotlin: lines('kotlin', 'Kotlin', 'kotlin'),
  gcc: lines('gcc', 'GNU C Compiler (gcc)', 'gcc'),
  gcc4: lines('gcc4', 'GNU C Compiler 4 (gcc)', 'gcc'),
  clang: lines('clang', 'LLVM/Clang', 'gcc'),
  pyLint: lines('pylint', 'Pylint', 'pyLint'),
  flake8: lines('flake8', 'Flake8', 'flake8'),
  pep8: lines('pep8', 'PEP8', 'flake8'),
  myPy: lines('mypy', 'MyPy', 'gcc'),
  goVet: lines('go-vet', 'Go Vet', 'goVet'),
  goLint: lines('golint', 'Go Lint', 'goVet'),
  typeScript: lines('typescript', 'TypeScript', 'typeScript'),
  checkStyle: xml('checkstyle', 'CheckStyle', readCheckStyle, '**/checkstyle-result.xml'),
  pmdParser: xml('pmd', 'PMD', readPmd, '**/pmd.xml'),
  cpd: xml('cpd', 'CPD', readCpd, '**/cpd.xml'),
  spotBugs: xml('spotbugs', 'SpotBugs', readSpotBugs, '**/spotbugsXml.xml'),
  findBugs: xml('findbugs', 'FindBugs', readSpotBugs, '**/findbugsXml.xml'),
  esLint: xml('eslint', 'ESLint', readCheckStyle),
  tsLint: xml('tslint', 'TSLint', readCheckStyle),
  styleLint: xml('stylelint', 'Stylelint', readCheckStyle),
  ktLint: xml('ktlint', 'KtLint', readCheckStyle),
  detekt: xml('detekt', 'Detekt', readCheckStyle),
  swiftLint: xml('swiftlint', 'SwiftLint', readCheckStyle),
  phpCodeSniffer: xml('php-code-sniffer', 'PHP_CodeSniffer', readCheckStyle),
  sarif: xml('sarif', 'SARIF', readSarif),
}
