import { isAbsolute, relative } from 'node:path'
import { parseArgsStringToArgv } from 'string-argv'
import { BuildError } from '../../registry/index.ts'
import { abortException, type Call, type Step } from '../engine/index.ts'
import { runActor } from './archive.ts'
import { buildArguments, type BuildArguments } from './docker-build-arguments.ts'
import { placeOf } from './machine.ts'
import { nodeProgram } from './node-program.ts'

/**
 * Whether the node's `docker` reaches an engine; asked once a call and kept, so that the run goes the
 * same way again after a restart. Agents have their own docker, or say that they have none.
 */
export const dockerAnswers: Step = {
  kind: 'leaf',
  isQuiet: true,
  async run(call) {
    if (call.scope.node?.agent) return true
    const answer = await nodeProgram(call, ['docker', 'version', '--format', '{{.Server.Version}}'])
    return answer?.code === 0
  },
}

/** `docker.build` without an engine: into this server's registry, attributed to the run. */
export const buildImage: Step = {
  kind: 'leaf',
  isQuiet: true,
  needsNode: true,
  async run(call) {
    const { args, session } = call
    const wish = await readArguments(call)
    const { project } = session.record
    const { name, tag } = registryPlace(call, args.text('image'))
    const { commit_sha: sha } = session.record
    const origin = session.parts.originUrl()
    const context = await placeOf(call, wish.context)
    try {
      await session.parts.registry.builds.build(runActor(call), {
        ...wish,
        project,
        name,
        tags: [tag],
        context,
        dockerfile: await dockerfileIn(call, context, wish),
        annotations: {
          'org.opencontainers.image.revision': sha,
          'org.opencontainers.image.source': `${origin}/git/${project}/${session.record.repo}.git`,
        },
        host: new URL(origin).host,
        say: (line) => call.say(session.masks.apply(line)),
        signal: call.signal,
      })
    } catch (error) {
      call.signal.throwIfAborted()
      throw error instanceof BuildError ? abortException(error.message) : error
    }
    return null
  },
}

/** `image.tag` and `image.push` of an image that is in the registry already. */
export const tagImage: Step = {
  kind: 'leaf',
  isQuiet: true,
  async run(call) {
    const { args, session } = call
    const from = registryPlace(call, args.text('image'))
    const to = registryPlace(call, args.text('as'))
    const isThere =
      from.name === to.name &&
      (await session.parts.registry.builds.tag(runActor(call), from.name, from.tag, to.tag))
    if (!isThere) {
      throw abortException(
        `${args.text('image')} was not built by Madang in this project, and no Docker Engine answers on this node`,
      )
    }
    const { host } = new URL(session.parts.originUrl())
    call.say(`${host}/${to.name}:${to.tag} is in Madang's registry`)
    return null
  },
}

/** Where an image of this name is in our registry. */
function registryPlace({ session }: Call, image: string): { name: string; tag: string } {
  const { host } = new URL(session.parts.originUrl())
  const project = session.record.project.toLowerCase()
  const plain = image.startsWith(`${host}/`) ? image.slice(host.length + 1) : image
  const colon = plain.lastIndexOf(':')
  const hasTag = colon > 0 && !plain.includes('/', colon)
  const name = hasTag ? plain.slice(0, colon) : plain
  if (name.includes('/') && /[.:]|^localhost$/.test(name.split('/')[0]!)) {
    throw abortException(`${image} is an image of another registry: pushing there needs Docker`)
  }
  const whole = name.startsWith(`${project}/`) ? name : `${project}/${name}`
  return { name: whole, tag: hasTag ? plain.slice(colon + 1) : 'latest' }
}

async function readArguments({ args, scope }: Call): Promise<BuildArguments> {
  const text = args.optionalText('args') ?? '.'
  if (/[`]|\$\(/.test(text)) {
    throw abortException(`docker build ${text}: without Docker there is no shell for $(…) in it`)
  }
  const words = parseArgsStringToArgv(text).map((word) =>
    word.replaceAll(
      /\$(?:\{(\w+)\}|(\w+))/g,
      (_, a?: string, b?: string) => scope.environment.get(a ?? b!) ?? '',
    ),
  )
  try {
    return buildArguments(words, (name) => scope.environment.get(name))
  } catch (error) {
    throw error instanceof BuildError ? abortException(error.message) : error
  }
}

/** `-f` is from the current folder; the Dockerfile is read from within the context. */
async function dockerfileIn(call: Call, context: string, { file }: BuildArguments) {
  if (file === undefined) return 'Dockerfile'
  const path = relative(context, await placeOf(call, file))
  if (!path.startsWith('..') && !isAbsolute(path)) return path
  throw abortException(`-f ${file}: without Docker the Dockerfile has to be in ${context}`)
}
