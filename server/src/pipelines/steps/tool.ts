import { dirname, join } from 'node:path'
import { abortException, type Call, type Step } from '../engine/index.ts'
import { filesOf } from './machine.ts'

interface ToolKind {
  /** Program that shows that it is there, in `bin` of its home. */
  program: string
  /** Variables that name its home. */
  homes: string[]
}

const kinds: Record<string, ToolKind> = {
  maven: { program: 'mvn', homes: ['M2_HOME', 'MAVEN_HOME'] },
  jdk: { program: 'java', homes: ['JAVA_HOME'] },
  gradle: { program: 'gradle', homes: ['GRADLE_HOME'] },
  ant: { program: 'ant', homes: ['ANT_HOME'] },
  nodejs: { program: 'node', homes: ['NODEJS_HOME'] },
  go: { program: 'go', homes: ['GOROOT'] },
  git: { program: 'git', homes: [] },
  terraform: { program: 'terraform', homes: [] },
  dockerTool: { program: 'docker', homes: [] },
}

const labels: Record<string, string> = { 'hudson.model.JDK': 'jdk', jdk: 'jdk' }

function kindNamed(type: string): string | undefined {
  if (Object.hasOwn(kinds, type)) return type
  const simple = type.replace(/^.*[.$]/, '').replace(/Installation$|Installer$/, '')
  return (
    labels[type] ?? Object.keys(kinds).find((kind) => kind.toLowerCase() === simple.toLowerCase())
  )
}

/**
 * `tool name: 'M3', type: 'maven'`: the home of a program of the node. There are no configured
 * installations; whatever the name, the one on the PATH is meant.
 */
export const tool: Step = {
  kind: 'leaf',
  positional: ['name'],
  needsNode: true,
  async run(call) {
    const { args } = call
    const name = args.optionalText('name') ?? 'null'
    const type = args.optionalText('type')
    const kind = kindNamed(type ?? name.replace(/[^A-Za-z].*$/, ''))
    const home = kind && (await homeOf(call, kinds[kind]!))
    if (home) return home
    throw abortException(`No ${type ?? 'tool'} named ${name} found`)
  },
}

async function homeOf(call: Call, { program, homes }: ToolKind): Promise<string | undefined> {
  const { environment } = call.scope
  const files = filesOf(call)
  for (const home of homes.map((variable) => environment.get(variable))) {
    if (home && (await files.stat(join(home, 'bin', program)))) return home
  }
  for (const folder of (environment.get('PATH') ?? '').split(':')) {
    const found = folder && (await files.realPath(join(folder, program)))
    if (found) return dirname(dirname(found))
  }
  return undefined
}

/** `NAME=value` entries for `withEnv` that put a tool first on the PATH. */
export function toolVariables(type: string, home: string): string[] {
  const kind = kindNamed(type)
  const homes = kind ? kinds[kind]!.homes : []
  const label = (kind ?? type).toUpperCase()
  return [...homes.map((name) => `${name}=${home}`), `PATH+${label}=${join(home, 'bin')}`]
}
