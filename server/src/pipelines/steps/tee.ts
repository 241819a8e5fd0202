import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Step } from '../engine/index.ts'
import { pathInWorkspace } from './workspace.ts'

/** `tee('build.log') { … }`: what the block prints is appended to a file as well. */
export const tee: Step = {
  kind: 'own',
  isBlock: true,
  needsNode: true,
  positional: ['file'],
  async run(call) {
    const file = pathInWorkspace(call.scope, call.args.text('file'))
    await mkdir(dirname(file), { recursive: true })
    try {
      return await call.body({ copies: [...call.scope.copies, file] })
    } finally {
      call.close()
    }
  },
}
