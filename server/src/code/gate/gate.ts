import { chmodSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import type { Kernel } from '../../kernel/index.ts'
import type { MovedRef } from '../ref-name.ts'

/**
 * `git receive-pack` runs it when the pack is there but still apart, so what is refused is never
 * stored. It only hands over to the server, through the descriptor it got from it: where the
 * objects are, the commands, and then it waits for lines to show and the verdict. When the server
 * dies meanwhile, the read ends and the push is refused.
 */
const HOOK = `#!/bin/sh
printf '%s\\n%s\\n' "$GIT_OBJECT_DIRECTORY" "$GIT_ALTERNATE_OBJECT_DIRECTORIES" >&3
cat >&3
echo >&3
while IFS= read -r line <&3; do
  case $line in
    yes) exit 0 ;;
    no) exit 1 ;;
    *) printf '%s\\n' "\${line#=}" >&2 ;;
  esac
done
exit 1
`

/** Puts the hook where git finds it; gives git's setting for that. */
export function installGate(kernel: Pick<Kernel, 'folder'>): string {
  const folder = kernel.folder('git-hooks')
  const file = join(folder, 'pre-receive')
  writeFileSync(`${file}.new`, HOOK)
  chmodSync(`${file}.new`, 0o755)
  renameSync(`${file}.new`, file)
  return `core.hooksPath=${folder}`
}

/** Asked once, when the pack of a push has arrived; gives the lines to refuse it with. */
export type Gate = (moves: MovedRef[], env: Record<string, string>) => Promise<string[] | undefined>

/** Answers the hook on the descriptor that it and the server share. */
export function openGate(channel: Duplex, gate: Gate, failed: (error: unknown) => void): void {
  let text = ''
  let isAsked = false
  channel.setEncoding('utf8')
  channel.on('error', () => undefined) // git went away; how it ended is told by its exit
  channel.on('data', (piece: string) => {
    text += piece
    if (isAsked || !/^\n|\n\n$/.test(text.slice(-2)) || text.split('\n').length < 4) return
    isAsked = true
    const [objects = '', alternates = '', ...commands] = text.trimEnd().split('\n')
    const env = {
      GIT_OBJECT_DIRECTORY: objects,
      GIT_ALTERNATE_OBJECT_DIRECTORIES: alternates,
      GIT_QUARANTINE_PATH: objects,
    }
    gate(commands.map(asMove), env)
      .catch((error: unknown) => {
        failed(error)
        return ['The server could not look at this push; its log says why.']
      })
      .then((lines) => channel.end(answerOf(lines)))
      .catch(failed)
  })
}

const answerOf = (lines: string[] | undefined): string =>
  lines ? `${lines.map((line) => `=${line}\n`).join('')}no\n` : 'yes\n'

function asMove(line: string): MovedRef {
  const [before = '', after = '', ...ref] = line.split(' ')
  return { before, after, ref: ref.join(' ') }
}
