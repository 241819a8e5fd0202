import { createHash } from 'node:crypto'
import { parseArgsStringToArgv } from 'string-argv'
import type { Call, Step } from '../engine/index.ts'
import { docker, dockerSaid } from './docker-program.ts'
import { filesOf, machineOf } from './machine.ts'
import { containerEnvironment } from './program-environment.ts'
import { temporaryFolder } from './workspace.ts'

/**
 * Runs the block in a container: a container of the image stays up for it (`cat`), with the workspace
 * mounted where it is, and every `sh` in the block is a `docker exec` there. The container is found
 * again after a restart of the server.
 */
export const withDockerContainer: Step = {
  kind: 'own',
  isBlock: true,
  needsNode: true,
  positional: ['image'],
  async run(call) {
    const container = await containerFor(call)
    try {
      return await call.body({ container })
    } finally {
      await stopContainer(call, container)
      call.close()
    }
  },
}

async function containerFor(call: Call): Promise<string> {
  const { session, scope, path, name } = call
  const known = session.journal.get(path)
  if (known) return known.result as string
  const startedMs = session.nowMs()
  const container = await scope.interrupts.during(async (signal) => {
    const label = `madang.step=${mark(call)}`
    // A server that died between the start and the note of it left the container behind.
    const filter = ['--all', '--quiet', '--no-trunc', '--filter', `label=${label}`]
    const left = await dockerSaid(call, ['ps', ...filter], { signal })
    return left !== '' ? left : start(call, label, signal)
  })
  await session.journal.put(path, name, 'open', container, startedMs)
  return container
}

async function start(call: Call, label: string, signal: AbortSignal): Promise<string> {
  const { args, scope, session } = call
  const { workspace } = scope.node!
  const temporary = temporaryFolder(scope)
  await filesOf(call).makeFolder(temporary)
  const run = { run: session.record.id, folder: session.file('steps') }
  const { folder: steps, user } = await machineOf(scope).mountOf(run)
  const given = parseArgsStringToArgv(args.optionalText('args') ?? '')
  const names = Object.keys(await containerEnvironment(scope))
  const volumes = [workspace, temporary, steps].flatMap((path) => ['-v', `${path}:${path}:rw,z`])
  const labels = ['--label', `madang.run=${session.record.id}`, '--label', label]
  // The run's own URLs are on this machine's loopback, or where the agent reaches them.
  const hasNetwork = given.some((text) => /^--net(work)?\b/.test(text))
  const network = hasNetwork ? [] : ['--network', 'host']
  const place = ['-w', workspace, ...volumes, ...labels, ...network]
  const command = ['run', '-t', '-d', '-u', user, ...given, ...place]
  const image = args.text('image')
  const shown = [...command, ...names.flatMap(() => ['-e', '********']), image, 'cat']
  call.say('Jenkins does not seem to be running inside a container')
  call.say(`$ docker ${shown.join(' ')}`)
  const passed = names.flatMap((variable) => ['-e', variable])
  const env = await containerEnvironment(scope)
  const wish = { signal: later(signal), env }
  const container = await dockerSaid(call, [...command, ...passed, image, 'cat'], wish)
  call.say(`$ docker top ${container} -eo pid,comm`)
  const { output } = await docker(call, ['top', container, '-eo', 'pid,comm'])
  if (signal.aborted) await docker(call, ['rm', '-f', '--volumes', container])
  signal.throwIfAborted()
  if (!/\bcat\b/.test(output)) call.say(`ERROR: ${notIdling(output)}`)
  return container
}

/**
 * A `docker run` that is cut may leave a container that nobody knows: the engine goes on. So it has a
 * while to tell the container's name, which pulling an image does not take.
 */
function later(signal: AbortSignal): AbortSignal {
  const controller = new AbortController()
  const cut = () => controller.abort(signal.reason)
  signal.addEventListener('abort', () => setTimeout(cut, LONGEST_START_MS).unref(), { once: true })
  return controller.signal
}

const notIdling = (output: string) =>
  'The container started but didn’t run the expected command. Please double check your ENTRYPOINT ' +
  'does execute the command passed as docker run argument, as required by official docker images ' +
  `(see https://github.com/docker-library/official-images#consistency for entrypoint consistency requirements).\n${output}`

async function stopContainer(call: Call, container: string): Promise<void> {
  const { session, path, name, scope } = call
  if (session.isLetGo || session.journal.get(path)?.state !== 'open') return
  call.say(`$ docker stop --time=1 ${container}`)
  // An agent that is away removes it when the run is over.
  const signal = scope.node?.agent && AbortSignal.timeout(LONGEST_STOP_MS)
  await docker(call, ['stop', '--time=1', container], { signal })
  const remove = ['rm', '-f', '--volumes', container]
  call.say(`$ docker ${remove.join(' ')}`)
  const { code, errors } = await docker(call, remove, { signal })
  if (code !== 0) call.say(`ERROR: Could not kill container ${container}: ${errors.trim()}`)
  await session.journal.put(path, name, 'done', container, session.nowMs())
}

const LONGEST_STOP_MS = 30_000
const LONGEST_START_MS = 10_000

const mark = ({ session, path }: Call) =>
  createHash('sha256').update(`${session.record.id} ${path}`).digest('hex').slice(0, 24)
