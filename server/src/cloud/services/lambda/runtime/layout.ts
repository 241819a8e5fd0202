import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Confinement } from '../../../engines/index.ts'
import type { VersionConfig } from '../model.ts'
import { bootstrapFolder, layerPaths, withPaths } from './layer-paths.ts'
import { inside, type Launch, launchOf } from './runtimes.ts'

/** An environment's files: on this machine, and where the function finds them. */
export interface Layout {
  launch: Launch
  taskRoot: string
  /** Variables that name places. */
  env: Record<string, string>
  confined?: Confinement
}

export interface Unpacked {
  task: string
  /** In the order in which they are laid over each other. */
  layers: string[]
  /** The layers as one folder; present in a sandbox, where there are layers. */
  opt?: string | undefined
  temporary: string
}

const MB = 1024 * 1024

/** A plain process: paths of this machine, found by variables. */
export function plainLayout(config: VersionConfig, files: Unpacked): Layout {
  const { task, layers, temporary } = files
  const folder = bootstrapFolder(task, layers)
  const program = join(folder, 'bootstrap')
  const env = {
    PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    TZ: ':UTC',
    HOME: temporary,
    TMPDIR: temporary,
    NODE_PATH: join(task, 'node_modules'),
    LAMBDA_TASK_ROOT: task,
    LAMBDA_RUNTIME_DIR: task,
  }
  return {
    launch: launchOf(config.runtime, {
      memoryMb: config.memoryMb,
      isConfined: false,
      bootstrap: { program, command: program },
    }),
    taskRoot: task,
    env: withPaths(env, layerPaths(config.runtime, layers)),
  }
}

/** A sandbox: AWS's own paths and variables ("Defined runtime environment variables"). */
export function confinedLayout(
  config: VersionConfig,
  files: Unpacked,
  user: Confinement['user'],
): Layout {
  const { task, opt, temporary } = files
  const isInLayer = opt !== undefined && !existsSync(join(task, 'bootstrap'))
  const launch = launchOf(config.runtime, {
    memoryMb: config.memoryMb,
    isConfined: true,
    bootstrap: {
      program: join(isInLayer ? opt : task, 'bootstrap'),
      command: isInLayer ? '/opt/bootstrap' : '/var/task/bootstrap',
    },
  })
  const code = [{ from: task, at: '/var/task' }, ...(opt ? [{ from: opt, at: '/opt' }] : [])]
  return {
    launch,
    taskRoot: '/var/task',
    env: { ...pathsInside, ...modulesInside(config.runtime) },
    confined: {
      program: launch.program,
      readOnly: [...launch.mounts, ...code],
      user,
      temporary,
      temporaryBytes: config.ephemeralMb * MB,
      memoryBytes: config.memoryMb * MB,
    },
  }
}

const pathsInside = {
  PATH: '/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin',
  LD_LIBRARY_PATH:
    '/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib',
  TZ: ':UTC',
  LAMBDA_TASK_ROOT: '/var/task',
  LAMBDA_RUNTIME_DIR: inside.runtime,
}

function modulesInside(runtime: string): Record<string, string> {
  const major = /^nodejs(\d+)/.exec(runtime)?.[1]
  if (major) {
    const folders = [
      `/opt/nodejs/node${major}/node_modules`,
      '/opt/nodejs/node_modules',
      '/var/runtime/node_modules',
      '/var/runtime',
      '/var/task',
    ]
    return { NODE_PATH: folders.join(':') }
  }
  if (!runtime.startsWith('python')) return {}
  const folders = ['/opt/python', `/opt/python/lib/${runtime}/site-packages`, '/var/runtime']
  return { PYTHONPATH: folders.join(':'), PYTHONDONTWRITEBYTECODE: '1' }
}
