import { abortException, type Call, type Step, type StepArguments } from '../engine/index.ts'
import type { Value } from '../groovy/index.ts'
import { LineWriter } from '../log/index.ts'
import { cookieOf, LOST } from '../shell/index.ts'
import { machineOf, type StepProgram, stepProgram } from './machine.ts'
import { entryOf, programEnvironment } from './program-environment.ts'

/** What a step that runs a program is called in the log. */
export function programLabel({ values }: StepArguments): string | undefined {
  const label = values.get('label')
  return typeof label === 'string' && label.trim() !== '' ? label : undefined
}

export const sh: Step = {
  kind: 'own',
  label: programLabel,
  positional: ['script'],
  needsNode: true,
  // The control folder tells after a crash how it ended, so nobody waits for the journal's disk.
  run: (call) => call.once((signal) => runShell(call, signal), { isFoundOut: true }),
}

export async function runShell(
  call: Call,
  signal: AbortSignal,
  script = call.args.text('script'),
): Promise<Value> {
  const { args, scope, session } = call
  const isOutputApart = args.flag('returnStdout')
  const program = stepProgram(call)
  const machine = machineOf(scope)
  const cookie = { JENKINS_SERVER_COOKIE: cookieOf(program.id) }
  const env = { ...(await programEnvironment(scope)), ...cookie }
  const cwd = scope.folder!
  const writer = outputWriter(call)
  const tell = () => call.say('Sending interrupt signal to process')
  signal.addEventListener('abort', tell, { once: true })
  const code = await machine.run({
    ...program,
    script,
    cwd,
    env,
    isOutputApart,
    taken: session.log.taken(call.path),
    signal,
    container: await entryOf(scope),
    letGo: session.letGo.signal,
    push: (bytes) => writer.push(bytes),
    isWanted: () => !session.log.isCut,
    ended(code) {
      writer.end()
      call.say(`script returned exit code ${code}`)
    },
  })
  signal.removeEventListener('abort', tell)
  writer.end()
  return answer(call, code, program)
}

async function answer(call: Call, code: number, program: StepProgram): Promise<Value> {
  const { args } = call
  if (code === LOST) {
    call.say('process apparently never started or was ended from outside')
  }
  if (args.flag('returnStatus')) return code
  if (code !== 0) {
    // What was kept apart may tell why.
    const kept = args.flag('returnStdout') && (await machineOf(call.scope).stdoutOf(program))
    if (kept) call.say(kept.replace(/\n$/, ''))
    throw abortException(`script returned exit code ${code}`)
  }
  return args.flag('returnStdout') ? outputOf(call, program) : null
}

async function outputOf({ scope }: Call, program: StepProgram): Promise<string> {
  const text = await machineOf(scope).stdoutOf(program)
  if (text !== undefined) return text
  throw abortException('The output is too long for returnStdout; write it to a file')
}

function outputWriter({ scope, session, path }: Call): LineWriter {
  return new LineWriter(session.masks, session.log.taken(path), (lines, taken) =>
    scope.print(lines, { source: { step: path, taken } }),
  )
}
