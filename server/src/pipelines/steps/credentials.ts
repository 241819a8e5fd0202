import {
  abortException,
  nodeMissing,
  nullPointer,
  type Scope,
  type Step,
  SYMBOL,
  toJson,
} from '../engine/index.ts'
import {
  type Bound,
  forget,
  maskingLine,
  openCredential,
  secretFile,
  withLineEnd,
} from './bindings.ts'
import { ASKPASS } from './git-login.ts'

type Binding = Record<string, unknown>

export const withCredentials: Step = {
  kind: 'own',
  isBlock: true,
  positional: ['bindings'],
  async run(call) {
    const given = toJson(call.args.value('bindings'))
    if (given === null) throw nullPointer('java.util.List.iterator()', 'this.step.bindings')
    const bindings = given as Binding[]
    const bound: Bound = { variables: [], folders: [], open: [] }
    const isFile = bindings.some((binding) => FILES.has(kindOf(binding)))
    if (isFile && !call.scope.node) throw nodeMissing('code')
    try {
      for (const binding of bindings) {
        const one = await bind(call.scope, binding)
        bound.variables.push(...one.variables)
        bound.folders.push(...one.folders)
        bound.open.push(...one.open)
      }
      const secrets = bound.variables
        .map(([name]) => name)
        .filter((name) => !bound.open.includes(name))
      if (secrets.length > 0) call.say(maskingLine(bound))
      const environment = call.scope.environment.withSecrets(bound.variables, secrets)
      return await call.body({ environment })
    } finally {
      call.close()
      if (!call.session.letGo.signal.aborted) await forget(call.scope, bound)
    }
  },
}

const kindOf = (binding: Binding) => String(binding[SYMBOL] ?? '').replace(/^.*\./, '')

/** Bindings that put a file beside the workspace. */
const FILES = new Set(['file', 'FileBinding', 'sshUserPrivateKey', 'SSHUserPrivateKeyBinding'])

async function bind(scope: Scope, binding: Binding): Promise<Bound> {
  const kind = kindOf(binding)
  const make = binders[kind]
  if (make) return make(scope, binding, String(binding['credentialsId'] ?? ''))
  const known =
    'string, usernamePassword, usernameColonPassword, gitUsernamePassword, file, sshUserPrivateKey, aws'
  throw abortException(`withCredentials: "${kind}" cannot be bound here; use one of ${known}`)
}

type Binder = (scope: Scope, binding: Binding, id: string) => Promise<Bound>

const variable = (binding: Binding, member: string, otherwise?: string): string => {
  const name = binding[member] ?? otherwise
  if (typeof name === 'string' && name !== '') return name
  throw abortException(`withCredentials: "${member}" is missing`)
}

const string: Binder = async (scope, binding, id) => {
  const { secret } = await openCredential(scope, id, ['secretText'])
  return { variables: [[variable(binding, 'variable'), secret]], folders: [], open: [] }
}

const usernamePassword: Binder = async (scope, binding, id) => {
  const { username, password } = await openCredential(scope, id, ['usernamePassword'])
  const user = variable(binding, 'usernameVariable')
  const secret = variable(binding, 'passwordVariable')
  return {
    variables: [
      [user, username],
      [secret, password],
    ],
    folders: [],
    open: [user],
  }
}

const usernameColonPassword: Binder = async (scope, binding, id) => {
  const { username, password } = await openCredential(scope, id, ['usernamePassword'])
  return {
    variables: [[variable(binding, 'variable'), `${username}:${password}`]],
    folders: [],
    open: [],
  }
}

/** The Git plugin's: git of a shell step asks nobody, and answers itself. */
const gitUsernamePassword: Binder = async (scope, _binding, id) => {
  const { username, password } = await openCredential(scope, id, ['usernamePassword'])
  const askpass = await secretFile(scope, 'askpass.sh', ASKPASS, 0o700)
  const open: [string, string][] = [
    ['GIT_ASKPASS', askpass.path],
    ['GIT_USERNAME', username],
    ['GIT_TERMINAL_PROMPT', 'false'],
    ['GCM_INTERACTIVE', 'false'],
  ]
  return {
    variables: [...open, ['GIT_PASSWORD', password]],
    folders: [askpass.folder],
    open: open.map(([name]) => name),
  }
}

const aws: Binder = async (scope, binding, id) => {
  const { username, password } = await openCredential(scope, id, ['usernamePassword'])
  return {
    variables: [
      [variable(binding, 'accessKeyVariable', 'AWS_ACCESS_KEY_ID'), username],
      [variable(binding, 'secretKeyVariable', 'AWS_SECRET_ACCESS_KEY'), password],
    ],
    folders: [],
    open: [],
  }
}

const file: Binder = async (scope, binding, id) => {
  const { fileName, contentBase64 } = await openCredential(scope, id, ['file'])
  const kept = await secretFile(scope, fileName, Buffer.from(contentBase64, 'base64'))
  return {
    variables: [[variable(binding, 'variable'), kept.path]],
    folders: [kept.folder],
    open: [],
  }
}

const sshUserPrivateKey: Binder = async (scope, binding, id) => {
  const key = await openCredential(scope, id, ['sshKey'])
  const name = variable(binding, 'keyFileVariable')
  const kept = await secretFile(scope, `ssh-key-${name}`, withLineEnd(key.privateKey))
  const variables: [string, string][] = [[name, kept.path]]
  const user = binding['usernameVariable'] ? String(binding['usernameVariable']) : undefined
  if (user) variables.push([user, key.username])
  if (binding['passphraseVariable']) {
    variables.push([String(binding['passphraseVariable']), key.passphrase ?? ''])
  }
  return { variables, folders: [kept.folder], open: user ? [user] : [] }
}

const binders: Record<string, Binder> = {
  string,
  StringBinding: string,
  usernamePassword,
  UsernamePasswordMultiBinding: usernamePassword,
  usernameColonPassword,
  UsernamePasswordBinding: usernameColonPassword,
  gitUsernamePassword,
  GitUsernamePasswordBinding: gitUsernamePassword,
  file,
  FileBinding: file,
  sshUserPrivateKey,
  SSHUserPrivateKeyBinding: sshUserPrivateKey,
  aws,
  AmazonWebServicesCredentialsBinding: aws,
}
