import { join } from 'node:path'
import type { Call, Step } from '../engine/index.ts'
import { type GroovyError, hostError } from '../groovy/index.ts'
import { filesOf } from './machine.ts'
import { programLabel, runShell } from './shell.ts'

const ioError = (text: string) => hostError('java.io.IOException', text)

/** Every machine here is a Unix, where Jenkins refuses batch files as well. */
export const bat: Step = {
  kind: 'own',
  positional: ['script'],
  needsNode: true,
  label: programLabel,
  async run() {
    throw ioError('Batch scripts can only be run on Windows nodes')
  },
}

/** Runs on a Unix, too, where the program is installed. */
function powerShell(program: string): Step {
  return {
    kind: 'own',
    positional: ['script'],
    needsNode: true,
    label: programLabel,
    run: (call) =>
      call.once(
        async (signal) => {
          if (!(await isOnPath(call, program))) throw notStarted(call, program)
          return runShell(call, signal, encoded(program, call.args.text('script')))
        },
        { isFoundOut: true },
      ),
  }
}

export const powershell = powerShell('powershell')
export const pwsh = powerShell('pwsh')

async function isOnPath(call: Call, program: string): Promise<boolean> {
  // What a container has is seen inside it only.
  if (call.scope.container !== undefined) return true
  const files = filesOf(call)
  for (const folder of (call.scope.environment.get('PATH') ?? '').split(':')) {
    if (folder && (await files.stat(join(folder, program)))) return true
  }
  return false
}

/** As Java tells that there is no such program. */
function notStarted({ scope }: Call, program: string): GroovyError {
  const why = 'error=2, No such file or directory'
  const error = ioError(`Cannot run program "${program}" (in directory "${scope.folder}"): ${why}`)
  error.thrown.fields.set('cause', ioError(why).thrown)
  return error
}

/** The script ends with the code of the last program that it ran. */
function encoded(program: string, script: string): string {
  const whole = `${script}\nif ($LASTEXITCODE) { exit $LASTEXITCODE }`
  const text = Buffer.from(whole, 'utf16le').toString('base64')
  return `#!/bin/sh\nexec ${program} -NoProfile -NonInteractive -EncodedCommand ${text}\n`
}
