import { createHash } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { abortException, type Call, type Step } from '../engine/index.ts'
import type { Value } from '../groovy/index.ts'
import { LineWriter } from '../log/index.ts'
import { LOST, runScript, stdoutOf } from '../shell/index.ts'
import { entryOf, programEnvironment } from './program-environment.ts'

export const sh: Step = {
  kind: 'own',
  positional: ['script'],
  needsNode: true,
  // The control folder tells after a crash how it ended, so nobody waits for the journal's disk.
  run: (call) => call.once((signal) => runShell(call, signal), { isFoundOut: true }),
}

async function runShell(call: Call, signal: AbortSignal): Promise<Value> {
  const { args, scope, session } = call
  const script = args.text('script')
  const isOutputApart = args.flag('returnStdout')
  const folder = controlFolder(call)
  const env = await programEnvironment(scope)
  const cwd = scope.folder!
  if (!existsSync(cwd)) mkdirSync(cwd, { recursive: true })
  const writer = outputWriter(call)
  const tell = () => call.say('Sending interrupt signal to process')
  signal.addEventListener('abort', tell, { once: true })
  const code = await runScript({
    folder,
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
  return answer(call, code, folder)
}

function answer(call: Call, code: number, folder: string): Value {
  const { args } = call
  if (code === LOST) {
    call.say('process apparently never started or was ended from outside')
  }
  if (args.flag('returnStatus')) return code
  if (code !== 0) throw abortException(`script returned exit code ${code}`)
  return args.flag('returnStdout') ? outputOf(folder) : null
}

function outputOf(folder: string): string {
  const text = stdoutOf(folder)
  if (text !== undefined) return text
  throw abortException('The output is too long for returnStdout; write it to a file')
}

/** Where the program of a step keeps its files: the same folder before and after a restart. */
function controlFolder({ session, path }: Call): string {
  return session.file('steps', createHash('sha256').update(path).digest('hex').slice(0, 24))
}

function outputWriter({ scope, session, path }: Call): LineWriter {
  return new LineWriter(session.masks, session.log.taken(path), (text, taken) =>
    scope.print(text, { source: { step: path, taken } }),
  )
}
