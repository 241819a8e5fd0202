import picomatch from 'picomatch'
import { userRegex } from '../../kernel/index.ts'
import type { When, WhenCondition } from '../declarative/index.ts'
import { abortException, type Scope } from '../engine/index.ts'
import { compilePattern, groovyEquals, isTruthy } from '../groovy/index.ts'
import { examinedCommits } from '../steps/index.ts'
import { runBlock, textOf, evaluate, unsupported } from './context.ts'

/** Whether a stage runs: all of its conditions hold. */
export async function holds(scope: Scope, when: When): Promise<boolean> {
  return every(scope, when.conditions)
}

async function every(scope: Scope, conditions: WhenCondition[]): Promise<boolean> {
  for (const condition of conditions) if (!(await test(scope, condition))) return false
  return true
}

async function some(scope: Scope, conditions: WhenCondition[]): Promise<boolean> {
  for (const condition of conditions) if (await test(scope, condition)) return true
  return false
}

async function test(scope: Scope, condition: WhenCondition): Promise<boolean> {
  const check = checks[condition.name]
  if (check) return check(scope, condition)
  throw unsupported(`The when condition ${condition.name}`, 'Use expression { }.')
}

type Check = (scope: Scope, condition: WhenCondition) => Promise<boolean>

async function argument(
  scope: Scope,
  condition: WhenCondition,
  ...names: string[]
): Promise<string | undefined> {
  const named = names.map((name) => condition.named.get(name)).find((given) => given)
  const given = named ?? condition.positional[0]
  return given && textOf(scope, given)
}

type Comparator = 'EQUALS' | 'GLOB' | 'REGEXP'

/** Written in either case; a name that is none of them counts as none given. */
async function comparatorOf(
  scope: Scope,
  { named }: WhenCondition,
  otherwise: Comparator,
): Promise<Comparator> {
  const given = named.get('comparator')
  const name = given ? (await textOf(scope, given)).toUpperCase() : ''
  return name === 'EQUALS' || name === 'GLOB' || name === 'REGEXP' ? name : otherwise
}

function compares(comparator: Comparator, pattern: string, text: string): boolean {
  if (comparator === 'EQUALS') return text === pattern
  if (comparator === 'REGEXP') return javaRegex(pattern, '^(?:', ')$').test(text)
  return glob(pattern)(text)
}

async function fits(
  scope: Scope,
  condition: WhenCondition,
  text: string | undefined,
  pattern: string,
): Promise<boolean> {
  if (!text) return false
  return compares(await comparatorOf(scope, condition, 'GLOB'), pattern, text)
}

const glob = (pattern: string, isExact = false) =>
  picomatch(pattern, {
    dot: true,
    noextglob: true,
    nobrace: true,
    nobracket: true,
    nocase: !isExact,
  })

/** A pattern of Java's; a bad one throws Java's error. */
function javaRegex(pattern: string, before = '', after = '', extraFlags = ''): RegExp {
  const { source, flags } = compilePattern(pattern, extraFlags).regexp
  const endless = () => abortException(`The expression takes too long: ${pattern}`)
  return userRegex(before + source + after, flags.replace('g', ''), endless)
}

/** What is compared: the condition takes a `url` as well, but Jenkins doesn't look at it. */
const changeMembers: Record<string, string> = {
  id: 'CHANGE_ID',
  target: 'CHANGE_TARGET',
  branch: 'CHANGE_BRANCH',
  fork: 'CHANGE_FORK',
  title: 'CHANGE_TITLE',
  author: 'CHANGE_AUTHOR',
  authorDisplayName: 'CHANGE_AUTHOR_DISPLAY_NAME',
  authorEmail: 'CHANGE_AUTHOR_EMAIL',
}

async function changeRequest(scope: Scope, condition: WhenCondition): Promise<boolean> {
  if (scope.environment.get('CHANGE_ID') === undefined) return false
  const comparator = await comparatorOf(scope, condition, 'EQUALS')
  for (const [member, variable] of Object.entries(changeMembers)) {
    const given = condition.named.get(member)
    const pattern = given ? await textOf(scope, given) : ''
    const text = scope.environment.get(variable) ?? ''
    if (pattern !== '' && !compares(comparator, pattern, text)) return false
  }
  return true
}

async function changeset(scope: Scope, condition: WhenCondition): Promise<boolean> {
  const pattern = (await argument(scope, condition, 'pattern', 'glob')) ?? ''
  const isExact = condition.named.get('caseSensitive')?.constant === true
  const commits = await examinedCommits(scope)
  const comparator = await comparatorOf(scope, condition, 'GLOB')
  const isMatch =
    comparator === 'GLOB'
      ? glob(pattern, isExact)
      : (file: string) => compares(comparator, pattern, file)
  return commits.some(({ files }) => files.some(({ path }) => isMatch(path)))
}

async function argumentOnly(scope: Scope, condition: WhenCondition, name: string) {
  const given = condition.named.get(name)
  return given && textOf(scope, given)
}

async function environment(scope: Scope, condition: WhenCondition): Promise<boolean> {
  const name = (await argumentOnly(scope, condition, 'name')) ?? ''
  const value = (await argumentOnly(scope, condition, 'value')) ?? ''
  const actual = scope.environment.get(name) ?? ''
  const ignoresCase = condition.named.get('ignoreCase')?.constant === true
  return ignoresCase ? actual.toLowerCase() === value.toLowerCase() : actual === value
}

async function equals(scope: Scope, condition: WhenCondition): Promise<boolean> {
  const expected = condition.named.get('expected')
  const actual = condition.named.get('actual')
  if (!expected || !actual) throw abortException('equals needs "expected" and "actual"')
  return groovyEquals(await evaluate(scope, expected), await evaluate(scope, actual))
}

/** The simple names of the causes that a run has in Jenkins. */
function causesOf({ session }: Scope): string[] {
  switch (session.cause.kind) {
    case 'push':
      return ['BranchEventCause', 'BranchIndexingCause', 'SCMTriggerCause']
    case 'cron':
      return ['TimerTriggerCause']
    case 'upstream':
      return ['UpstreamCause', 'BuildUpstreamCause']
    case 'manual':
      return ['UserIdCause']
    case 'rerun':
      return [
        'UserIdCause',
        session.record.restart === null ? 'ReplayCause' : 'RestartDeclarativePipelineCause',
      ]
  }
}

/** `UserIdCause` may ask for a person; any other cause is the beginning of a name. */
async function triggeredBy(scope: Scope, condition: WhenCondition): Promise<boolean> {
  const cause = (await argument(scope, condition, 'cause')) ?? ''
  const causes = causesOf(scope)
  if (cause === 'UserIdCause' && causes.includes(cause)) {
    const detail = await argumentOnly(scope, condition, 'detail')
    return detail === undefined || scope.session.cause.text.endsWith(` ${detail}`)
  }
  const pattern = javaRegex(cause, '^\\.*', '.*$', 'i')
  return causes.some((name) => pattern.test(name))
}

const checks: Record<string, Check> = {
  allOf: (scope, { children }) => every(scope, children),
  anyOf: (scope, { children }) => some(scope, children),
  not: async (scope, { children }) => !(await every(scope, children)),
  async branch(scope, condition) {
    const pattern = (await argument(scope, condition, 'pattern')) ?? ''
    return fits(scope, condition, scope.environment.get('BRANCH_NAME'), pattern)
  },
  async tag(scope, condition) {
    const pattern = (await argument(scope, condition, 'pattern')) ?? ''
    return fits(scope, condition, scope.environment.get('TAG_NAME'), pattern)
  },
  buildingTag: async (scope) => scope.environment.get('TAG_NAME') !== undefined,
  changeRequest,
  changeset,
  async changelog(scope, condition) {
    // In Jenkins a line has to hold the pattern, or several lines that it is written for.
    const pattern = javaRegex((await argument(scope, condition, 'pattern')) ?? '', '', '', 'ms')
    const commits = await examinedCommits(scope)
    return commits.some(({ comment }) => pattern.test(comment))
  },
  environment,
  equals,
  async expression(scope, { body }) {
    return body !== null && isTruthy(await runBlock(scope, body))
  },
  triggeredBy,
  isRestartedRun: async (scope) => scope.session.record.restart !== null,
}
