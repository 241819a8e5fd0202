import type { Call } from '../engine/index.ts'
import { openCredential, secretFile, withLineEnd } from './bindings.ts'

/** How git shows who it is to another server. */
export interface GitLogin {
  environment: Record<string, string>
  /** Of secret files, to be removed after use. */
  folders: string[]
  /** What is said before it is used. */
  line: string
}

/** Answers git by what is in the environment. */
export const ASKPASS = `#!/bin/sh
case "$1" in
Username*) printf '%s\\n' "$GIT_USERNAME" ;;
*) printf '%s\\n' "$GIT_PASSWORD" ;;
esac
`

/** The login of a credential, told as the Git plugin tells it: an unknown one ends nothing. */
export async function loginOf(call: Call, id: string | undefined): Promise<GitLogin | undefined> {
  if (id === undefined || id === '') {
    call.say('No credentials specified')
    return undefined
  }
  const { session, scope } = call
  const known = await session.parts.credentials.list(session.record.project)
  const found = known.find((each) => each.id === id)
  if (found?.kind !== 'usernamePassword' && found?.kind !== 'sshKey') {
    call.say(`Warning: CredentialId "${id}" could not be found.`)
    return undefined
  }
  call.say(`using credential ${id}`)
  const open = await openCredential(scope, id, ['usernamePassword', 'sshKey'])
  const isKey = open.kind === 'sshKey'
  const askpass = await secretFile(scope, 'askpass.sh', ASKPASS, 0o700)
  const secrets = {
    GIT_ASKPASS: askpass.path,
    GIT_USERNAME: open.username,
    GIT_PASSWORD: isKey ? (open.passphrase ?? '') : open.password,
  }
  const folders = [askpass.folder]
  const line = `using ${isKey ? 'GIT_SSH' : 'GIT_ASKPASS'} to set credentials ${found.description}`
  if (!isKey) return { environment: secrets, folders, line }
  const key = await secretFile(scope, 'git.key', withLineEnd(open.privateKey))
  folders.push(key.folder)
  const ssh = {
    // A host that is new is taken as it shows itself, one that changed is refused.
    GIT_SSH_COMMAND: 'ssh -i "$GIT_KEY" -l "$GIT_USERNAME" -o StrictHostKeyChecking=accept-new',
    GIT_KEY: key.path,
    SSH_ASKPASS: askpass.path,
    SSH_ASKPASS_REQUIRE: 'force',
  }
  return { environment: { ...secrets, ...ssh }, folders, line }
}
