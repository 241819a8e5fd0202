import type { RunReports } from '@madang/api'
import { expect, test, vi } from 'vitest'
import { bedOfFile, call, runFile } from './bed.ts'

const { bed, clone } = await bedOfFile()

const reportsOf = (id: string) => call<RunReports>(bed.origin, `/runs/${id}/reports`)

const jacoco = (covered: number) => `<report name="x"><package name="org/acme">
  <sourcefile name="A.java"><counter type="LINE" missed="${10 - covered}" covered="${covered}"/>
  <counter type="BRANCH" missed="1" covered="1"/></sourcefile>
  <counter type="LINE" missed="99" covered="0"/></package></report>`

const lcov = 'TN:\nSF:web/a.ts\nDA:1,1\nDA:2,0\nBRDA:1,0,0,1\nBRDA:1,0,1,-\nend_of_record\n'

test('coverage of several tools is one result; a missed gate makes the run unstable', async () => {
  const file = `node {
    checkout scm
    recordCoverage(tools: [[parser: 'JACOCO', pattern: 'j.xml'], [parser: 'LCOV']],
      qualityGates: [[threshold: 80, metric: 'LINE', unstable: true], [threshold: 0, metric: 'LINE', baseline: 'PROJECT_DELTA', unstable: true]])
  }`
  const files = { 'out/lcov.info': lcov }
  const first = await runFile(clone, bed.origin, file, { ...files, 'j.xml': jacoco(9) }, 'cover')
  expect(first.run.result).toBe('SUCCESS')
  expect(first.log).toContain('[Coverage] Creating parser for JaCoCo Coverage Reports')
  expect(first.log).toContain("that match the pattern '**/lcov.info'")
  expect(first.log).toContain('[Coverage] -> All quality gates have been passed')
  const second = await runFile(clone, bed.origin, file, { ...files, 'j.xml': jacoco(6) }, 'cover')
  expect(second.run.result).toBe('UNSTABLE')
  expect(second.log).toContain(
    '[Coverage] -> Some quality gates have been missed: overall result is UNSTABLE',
  )
  expect(second.log).toContain(
    '[Overall project - Line Coverage]: ≪Unstable≫ - (Actual value: 58.33%, Quality gate: 80.00)',
  )
  const { coverage } = await reportsOf(second.run.id)
  expect(coverage).toMatchObject([
    {
      id: 'coverage',
      gate: 'unstable',
      line: { covered: 7, total: 12 },
      branch: { covered: 2, total: 4 },
      lineChange: -25,
      fileCount: 2,
    },
  ])
  expect(coverage[0]!.files.map(({ path }) => path)).toEqual(['org/acme/A.java', 'web/a.ts'])
})

test('Cobertura lines are counted once, and a broken report is told', async () => {
  const xml = `<coverage><packages><package><classes><class name="A" filename="a.py">
    <methods><method name="m"><lines><line number="1" hits="1"/></lines></method></methods>
    <lines><line number="1" hits="1"/><line number="2" hits="0" branch="true" condition-coverage="50% (1/2)"/></lines>
  </class></classes></package></packages></coverage>`
  const { run, log } = await runFile(
    clone,
    bed.origin,
    `node { checkout scm; recordCoverage(tools: [[parser: 'COBERTURA', pattern: '*.xml']]) }`,
    { 'good.xml': xml, 'bad.xml': '<coverage><a>' },
    'cobertura',
  )
  expect(run.result).toBe('SUCCESS')
  expect(log).toMatch(/\[Coverage\] \[-ERROR-\] Parsing of file '.*bad\.xml' failed/)
  const { coverage } = await reportsOf(run.id)
  expect(coverage[0]).toMatchObject({
    line: { covered: 1, total: 2, percent: 50 },
    branch: { covered: 1, total: 2 },
  })
})

const checkstyle = (...errors: [string, string][]) =>
  `<checkstyle><file name="src/A.java">${errors
    .map(
      ([line, message]) =>
        `<error line="${line}" severity="warning" message="${message}" source="c.s.sizes.LineLengthCheck"/>`,
    )
    .join('')}</file></checkstyle>`

test('issues of compilers and linters, against the run before, with a gate', async () => {
  const file = `node {
    checkout scm
    sh 'cat javac.txt'
    recordIssues(tools: [java(), checkStyle(pattern: 'cs.xml'), sarif(pattern: 's.sarif')],
      qualityGates: [[threshold: 1, type: 'NEW', unstable: true]])
  }`
  const sarif = JSON.stringify({
    version: '2.1.0',
    runs: [
      {
        results: [
          {
            ruleId: 'R1',
            level: 'error',
            message: { text: 'Hard-coded key' },
            locations: [
              { physicalLocation: { artifactLocation: { uri: 'k.js' }, region: { startLine: 3 } } },
            ],
          },
        ],
      },
    ],
  })
  const files = {
    'javac.txt': 'src/A.java:3: warning: [deprecation] old() in B has been deprecated\nBUILD\n',
    's.sarif': sarif,
  }
  const first = await runFile(
    clone,
    bed.origin,
    file,
    { ...files, 'cs.xml': checkstyle(['1', 'too long'], ['9', 'gone soon']) },
    'issues',
  )
  expect(first.run.result).toBe('SUCCESS')
  expect(first.log).toContain('[Java] -> found 1 issue')
  expect(first.log).toMatch(/^\[CheckStyle\] Successfully parsed file \/.*\/cs\.xml$/m)
  expect(first.log).toContain('[CheckStyle] -> found 2 issues (skipped 0 duplicates)')
  const second = await runFile(
    clone,
    bed.origin,
    file,
    { ...files, 'cs.xml': checkstyle(['2', 'too long'], ['5', 'brand new']) },
    'issues',
  )
  expect(second.run.result).toBe('UNSTABLE')
  expect(second.log).toContain(
    '[CheckStyle] Created analysis result for 2 issues (found 1 new issues, fixed 1 issues)',
  )
  const { issues } = await reportsOf(second.run.id)
  expect(
    issues.map(({ id, total, added, fixed, gate }) => [id, total, added, fixed, gate]),
  ).toEqual([
    ['checkstyle', 2, 1, 1, 'unstable'],
    ['java', 1, 0, 0, 'passed'],
    ['sarif', 1, 0, 0, 'passed'],
  ])
  expect(issues[0]!.items.find(({ isNew }) => isNew)).toMatchObject({
    file: 'src/A.java',
    line: 5,
    type: 'LineLength',
    category: 'Sizes',
    message: 'brand new',
  })
})

test('a test that failed and passed on one commit is flaky', async () => {
  const file = `node {
    def failed = env.BUILD_NUMBER == '1' ? '<failure message="x"/>' : ''
    writeFile file: 't.xml', text: "<testsuite><testcase classname='C' name='shaky'>\${failed}</testcase><testcase classname='C' name='solid'/></testsuite>"
    junit 't.xml'
  }`
  const first = await runFile(clone, bed.origin, file, {}, 'flaky')
  expect(first.run.result).toBe('UNSTABLE')
  expect((await reportsOf(first.run.id)).flakyTests).toEqual([])
  const again = await call<{ id: string }>(bed.origin, `/runs/${first.run.id}/again`, {})
  const reports = await vi.waitUntil(
    async () => {
      const found = await reportsOf(again.id)
      return found.trend.length === 2 && found
    },
    { timeout: 60_000, interval: 50 },
  )
  expect(reports.flakyTests).toEqual([{ className: 'C', name: 'shaky' }])
  expect(reports.trend).toEqual([
    { number: 1, passed: 1, failed: 1, skipped: 0 },
    { number: 2, passed: 2, failed: 0, skipped: 0 },
  ])
})
