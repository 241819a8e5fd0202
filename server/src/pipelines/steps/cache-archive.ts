import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { localFiles } from '../agents/index.ts'
import type { Call } from '../engine/index.ts'
import { filesOf } from './machine.ts'
import { nodeProgram } from './node-program.ts'
import { temporaryFolder } from './workspace.ts'

/** Packs files of a folder of the node (all when none are named) into an archive on this machine. */
export async function packFolder(
  call: Call,
  from: string,
  names: string[] | undefined,
  archive: string,
): Promise<void> {
  const what = names ? ['--no-recursion', '--null', '--files-from=-'] : ['.']
  const input = names?.map((name) => `./${name}\0`).join('') ?? ''
  const place = call.scope.node!.agent ? passing(call) : archive
  const gzip = '--use-compress-program=gzip -1'
  await tar(call, ['-C', from, gzip, '-cf', place, ...what], { input })
  if (place === archive) return
  await localFiles.write(archive, filesOf(call).read(place))
  await filesOf(call).remove(place)
}

/** Unpacks an archive of this machine in a folder of the node. */
export async function unpackFolder(
  call: Call,
  archive: string,
  to: string,
  signal: AbortSignal,
): Promise<void> {
  await filesOf(call).makeFolder(to)
  const place = call.scope.node!.agent ? passing(call) : archive
  if (place !== archive) await filesOf(call).write(place, createReadStream(archive))
  await tar(call, ['-C', to, '-xzf', place], { signal })
  if (place !== archive) await filesOf(call).remove(place)
}

/** On an agent an archive passes through the scratch folder; of a name of its own each time. */
const passing = ({ scope }: Call) => `${temporaryFolder(scope)}/cache-${randomUUID()}.tgz`

async function tar(
  call: Call,
  args: string[],
  wish: { input?: string; signal?: AbortSignal },
): Promise<void> {
  await filesOf(call).makeFolder(temporaryFolder(call.scope))
  const answer = await nodeProgram(call, ['tar', ...args], { ...wish, env: { LC_ALL: 'C' } })
  if (answer?.code === 0) return
  const said = answer ? `ended with ${answer.code}: ${answer.errors.trim()}` : 'is not on the PATH'
  throw new Error(`tar ${said}`)
}
