import picomatch from 'picomatch'
import type { When, WhenCondition } from '../declarative/index.ts'
import { abortException, type Scope } from '../engine/index.ts'
import { groovyEquals, isTruthy } from '../groovy/index.ts'
import { changedFiles, commitMessages } from '../steps/index.ts'
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

async function fits(
  scope: Scope,
  condition: WhenCondition,
  text: string | undefined,
  pattern: string,
): Promise<boolean> {
  if (text === undefined) return false
  const given = condition.named.get('comparator')
  const comparator = given ? await textOf(scope, given) : 'GLOB'
  if (comparator === 'EQUALS') return text === pattern
  if (comparator === 'GLOB') return glob(pattern)(text)
  if (comparator !== 'REGEXP') throw abortException(`Unknown comparator ${comparator}`)
  return regex(pattern, '^(?:', ')$').test(text)
}

const glob = (pattern: string) =>
  picomatch(pattern, { dot: true, noextglob: true, nobrace: true, nobracket: true })

function regex(pattern: string, before = '', after = ''): RegExp {
  try {
    return new RegExp(before + pattern + after)
  } catch (problem) {
    if (!(problem instanceof SyntaxError)) throw problem
    throw abortException(`"${pattern}" is not a valid regular expression.`)
  }
}

const changeMembers: Record<string, string> = {
  id: 'CHANGE_ID',
  target: 'CHANGE_TARGET',
  branch: 'CHANGE_BRANCH',
  fork: 'CHANGE_FORK',
  url: 'CHANGE_URL',
  title: 'CHANGE_TITLE',
  author: 'CHANGE_AUTHOR',
  authorDisplayName: 'CHANGE_AUTHOR_DISPLAY_NAME',
  authorEmail: 'CHANGE_AUTHOR_EMAIL',
}

async function changeRequest(scope: Scope, condition: WhenCondition): Promise<boolean> {
  if (scope.environment.get('CHANGE_ID') === undefined) return false
  for (const [member, variable] of Object.entries(changeMembers)) {
    const given = condition.named.get(member)
    if (!given) continue
    const text = scope.environment.get(variable)
    if (!(await fits(scope, condition, text, await textOf(scope, given)))) return false
  }
  return true
}

function tellFirstBuild(scope: Scope): void {
  if (scope.session.record.before_sha !== null) return
  scope.say('Warning, empty changelog. Probably because this is the first build.')
}

async function changeset(scope: Scope, condition: WhenCondition): Promise<boolean> {
  const pattern = (await argument(scope, condition, 'pattern', 'glob')) ?? ''
  const isExact = condition.named.get('caseSensitive')?.constant === true
  const fold = (text: string) => (isExact ? text : text.toLowerCase())
  tellFirstBuild(scope)
  const files = await changedFiles(scope)
  if ((await argumentOnly(scope, condition, 'comparator')) === 'REGEXP') {
    const expression = regex(pattern, '^(?:', ')$')
    return files.some((file) => expression.test(file))
  }
  const isMatch = glob(fold(pattern))
  return files.some((file) => isMatch(fold(file)))
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

const causes: Record<string, string> = {
  TimerTrigger: 'cron',
  TimerTriggerCause: 'cron',
  SCMTrigger: 'push',
  SCMTriggerCause: 'push',
  BranchIndexingCause: 'push',
  BranchEventCause: 'push',
  UserIdCause: 'manual',
  ReplayCause: 'rerun',
  RestartDeclarativePipelineCause: 'rerun',
  UpstreamCause: 'upstream',
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
    const pattern = regex((await argument(scope, condition, 'pattern')) ?? '')
    tellFirstBuild(scope)
    return (await commitMessages(scope)).some((message) => pattern.test(message))
  },
  environment,
  equals,
  async expression(scope, { body }) {
    return body !== null && isTruthy(await runBlock(scope, body))
  },
  async triggeredBy(scope, condition) {
    const cause = (await argument(scope, condition, 'cause')) ?? ''
    return causes[cause.replace(/^.*[.$]/, '')] === scope.session.cause.kind
  },
  isRestartedRun: async (scope) => scope.session.record.restart !== null,
}
