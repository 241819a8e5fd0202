/** What an SSH client may run here. */
export type SshCommand =
  | { kind: 'fetch' | 'push'; project: string; repo: string }
  | { kind: 'lfs'; project: string; repo: string; operation: 'upload' | 'download' }

const FORM =
  /^(git[ -]upload-pack|git[ -]receive-pack|git-lfs-authenticate|git[ -]upload-archive) +('[^']*'|"[^"]*"|[^\s'"]+)(?: +([a-z]+))?(?: +[0-9a-f]+)?$/

/**
 * Reads the command line that git sends. Nothing of it reaches a shell: it is matched whole, or it
 * is undefined.
 */
export function readCommand(line: string): SshCommand | undefined {
  const [, program = '', quoted = '', operation] = FORM.exec(line.trim()) ?? []
  const path = quoted.replace(/^(['"])(.*)\1$/, '$2')
  const [, project = '', repo = ''] =
    /^(?:\/|~\/)?(?:git\/)?([^/]+)\/([^/]+?)(?:\.git)?\/?$/.exec(path) ?? []
  if (project === '' || repo === '') return undefined
  const name = program.replace(' ', '-')
  if (name === 'git-lfs-authenticate') {
    if (operation !== 'upload' && operation !== 'download') return undefined
    return { kind: 'lfs', project, repo, operation }
  }
  if (operation !== undefined) return undefined
  if (name === 'git-upload-pack') return { kind: 'fetch', project, repo }
  return name === 'git-receive-pack' ? { kind: 'push', project, repo } : undefined
}
