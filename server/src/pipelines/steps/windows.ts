import type { Step } from '../engine/index.ts'
import { hostError } from '../groovy/index.ts'
import { programLabel } from './shell.ts'

/** Every machine here is a Unix, where Jenkins refuses these as well. */
function onWindows(refusal: string): Step {
  return {
    kind: 'own',
    positional: ['script'],
    needsNode: true,
    label: programLabel,
    async run() {
      throw hostError('java.io.IOException', refusal)
    },
  }
}

export const bat = onWindows('Batch scripts can only be run on Windows nodes')
export const powershell = onWindows(
  'PowerShell scripts can only be run on Windows nodes; use sh with a script that begins with ' +
    '#!/usr/bin/env pwsh',
)
