import { basename } from 'node:path'
import type { FileFacts } from '../agents/index.ts'
import type { Call } from '../engine/index.ts'
import { HostObject } from '../groovy/index.ts'
import { filesOf } from './machine.ts'

/** What `findFiles` and `touch` tell of a file; kept in the journal as it is. */
export interface FoundFileFacts {
  path: string
  directory: boolean
  length: number
  lastModified: number
}

/** The path of a folder ends with a slash. */
export function foundFacts(path: string, facts: FileFacts): FoundFileFacts {
  const { isFolder, size, modifiedMs } = facts
  return {
    path: isFolder ? `${path}/` : path,
    directory: isFolder,
    length: size,
    lastModified: Math.round(modifiedMs),
  }
}

/** The facts of the file that a step has just written: its path is the whole one. */
export async function writtenFacts(call: Call, path: string): Promise<FoundFileFacts> {
  const facts = await filesOf(call).stat(path)
  if (!facts) throw new Error(`${path} is gone after it was written`)
  return foundFacts(path, facts)
}

export const FILE = 'org.jenkinsci.plugins.pipeline.utility.steps.fs.FileWrapper'

/** As the script has it: an object that prints as its path. */
export function foundFile({ path, directory, length, lastModified }: FoundFileFacts): HostObject {
  const members = new Map<string, string | boolean | bigint>([
    ['name', basename(path)],
    ['path', path],
    ['directory', directory],
    ['length', BigInt(length)],
    ['lastModified', BigInt(lastModified)],
  ])
  return new HostObject({
    typeName: FILE,
    isJava: true,
    get: (name) => members.get(name),
    print: () => path,
  })
}
