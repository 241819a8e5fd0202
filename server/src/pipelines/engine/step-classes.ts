import { defaultVocabulary } from '../declarative/index.ts'
import { hostError } from '../groovy/index.ts'

// Jenkins names the class of a step where it speaks of its parameters, and takes that name in a call.

const STEPS = 'org.jenkinsci.plugins.workflow.steps.'
const SUPPORT = 'org.jenkinsci.plugins.workflow.support.steps.'

const CLASSES: Record<string, string> = {
  catchError: `${STEPS}CatchErrorStep`,
  deleteDir: `${STEPS}DeleteDirStep`,
  dir: `${STEPS}PushdStep`,
  echo: `${STEPS}EchoStep`,
  error: `${STEPS}ErrorStep`,
  fileExists: `${STEPS}FileExistsStep`,
  isUnix: `${STEPS}IsUnixStep`,
  mail: `${STEPS}MailStep`,
  pwd: `${STEPS}PwdStep`,
  readFile: `${STEPS}ReadFileStep`,
  retry: `${STEPS}RetryStep`,
  sleep: `${STEPS}SleepStep`,
  timeout: `${STEPS}TimeoutStep`,
  tool: `${STEPS}ToolStep`,
  unstable: `${STEPS}UnstableStep`,
  waitUntil: `${STEPS}WaitForConditionStep`,
  warnError: `${STEPS}WarnErrorStep`,
  withEnv: `${STEPS}EnvStep`,
  writeFile: `${STEPS}WriteFileStep`,
  sh: `${STEPS}durable_task.ShellStep`,
  stash: `${SUPPORT}stash.StashStep`,
  unstash: `${SUPPORT}stash.UnstashStep`,
  node: `${SUPPORT}ExecutorStep`,
  stage: `${SUPPORT}StageStep`,
  ws: `${SUPPORT}WorkspaceStep`,
  build: `${SUPPORT}build.BuildTriggerStep`,
  input: `${SUPPORT}input.InputStep`,
}

const byClass = new Map(Object.entries(CLASSES).map(([name, type]) => [type, name]))

/** The step's own name, of a call by its class. */
export const stepNamed = (name: string): string => byClass.get(name) ?? name

/** Refuses parameters that the step doesn't have, in Jenkins' words. */
export function checkParameters(step: string, given: Iterable<string>): void {
  const type = Object.hasOwn(CLASSES, step) ? CLASSES[step]! : undefined
  const known = defaultVocabulary.steps.get(step)?.parameters
  if (type === undefined || known === undefined) return
  const names = new Set([...known.map(({ name }) => name), '$class'])
  const stray = [...given].filter((name) => !names.has(name)).sort()
  if (stray.length === 0) return
  throw hostError(
    'java.lang.IllegalArgumentException',
    `WARNING: Unknown parameter(s) found for class type '${type}': ${stray.join(',')}`,
  )
}
