import { chmodSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Kernel } from '../../kernel/index.ts'
import { secretPatterns } from './patterns.ts'

/**
 * `git receive-pack` runs it when the pack is there but still apart, so what it refuses is never
 * stored. Most pushes hold none of the words and end at `grep`, without a program of ours.
 */
const HOOK = `#!/bin/sh
news=
while read -r old new ref; do
  case $new in
    0000000000000000000000000000000000000000) ;;
    *) news="$news $new" ;;
  esac
done
[ -n "$news" ] || exit 0
changes() {
  git log -p -U0 -c --no-color --no-ext-diff --no-textconv --no-renames \\
    --format='commit %H' $news --not --all
}
changes | LC_ALL=C grep -qaiE -f "$MADANG_SECRET_HINTS" || exit 0
changes | "$MADANG_NODE" --disable-warning=ExperimentalWarning "$MADANG_SECRET_SCAN"
`

/** What a push is given to be scanned: settings of git, and its environment. */
export interface ScanSetup {
  settings: string[]
  env: Record<string, string>
}

/** Puts the hook where git finds it; gives what a push needs to run it. */
export function installHook(kernel: Pick<Kernel, 'folder'>): (withOptional: boolean) => ScanSetup {
  const folder = kernel.folder('git-hooks')
  put(join(folder, 'pre-receive'), HOOK)
  chmodSync(join(folder, 'pre-receive'), 0o755)
  const hints = (withOptional: boolean) =>
    secretPatterns.filter((pattern) => withOptional || !pattern.isOptional).map(({ hint }) => hint)
  put(join(folder, 'hints'), `${hints(false).join('\n')}\n`)
  put(join(folder, 'hints-all'), `${hints(true).join('\n')}\n`)
  const script = import.meta.url.endsWith('.ts') ? 'scan-push.ts' : 'scan-push.js'
  return (withOptional) => ({
    settings: [`core.hooksPath=${folder}`],
    env: {
      MADANG_NODE: process.execPath,
      MADANG_SECRET_SCAN: join(import.meta.dirname, script),
      MADANG_SECRET_HINTS: join(folder, withOptional ? 'hints-all' : 'hints'),
      MADANG_SECRET_OPTIONAL: withOptional ? '1' : '0',
    },
  })
}

function put(file: string, text: string): void {
  writeFileSync(`${file}.new`, text)
  renameSync(`${file}.new`, file)
}
