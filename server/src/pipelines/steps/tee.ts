import { createReadStream, existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Call, Step } from '../engine/index.ts'
import { hostError } from '../groovy/index.ts'
import { filesOf, placeOf, stepProgram } from './machine.ts'

/**
 * `tee('build.log') { … }`: what the block prints is appended to a file as well. On an agent the file
 * is written when the block ends: until then the text is kept beside the run.
 */
export const tee: Step = {
  kind: 'own',
  isBlock: true,
  needsNode: true,
  positional: ['file'],
  async run(call) {
    const { scope, session } = call
    const file = await fileToFill(call)
    const copy = scope.node!.agent ? `${stepProgram(call).folder}.tee` : file
    mkdirSync(dirname(copy), { recursive: true })
    try {
      return await call.body({ copies: [...scope.copies, copy] })
    } finally {
      if (copy !== file && !session.isLetGo) {
        await session.journal.fixed(`${call.path}:written`, async () => {
          if (existsSync(copy)) await append(call, file, copy)
          return true
        })
      }
      call.close()
    }
  },
}

async function fileToFill(call: Call): Promise<string> {
  const file = await placeOf(call, call.args.path('file'))
  if (!(await filesOf(call).stat(file))?.isFolder) return file
  throw hostError('java.nio.file.FileSystemException', `${file}: Is a directory`)
}

async function append(call: Call, file: string, copy: string): Promise<void> {
  const files = filesOf(call)
  const isThere = await files.stat(file)
  async function* whole() {
    if (isThere) yield* files.read(file)
    yield* createReadStream(copy) as AsyncIterable<Uint8Array>
  }
  await files.write(file, whole())
}
