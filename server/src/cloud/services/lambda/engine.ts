import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Kernel } from '../../../kernel/index.ts'
import {
  createBubblewrapProcesses,
  createHostProcesses,
  findBubblewrap,
  probeBubblewrap,
  type Processes,
} from '../../engines/index.ts'
import { AwsError } from '../../gateway/index.ts'
import { nodeLaunch } from './runtime/runtimes.ts'

export interface EngineFound {
  processes: Processes
  isConfined: boolean
  /** For people: what runs functions, and what it can't do here. */
  note: string
}

/** The user that functions are at AWS. */
export const functionUser = { name: 'sbx_user1051', uid: 993, gid: 990 }

/** What functions run in: tried when the first of them needs it, and then for the server's life. */
export class Engine {
  readonly #kernel: Kernel
  readonly #folder: string
  readonly #host: Processes
  #found: Promise<EngineFound> | undefined

  constructor(kernel: Kernel, folder: string) {
    this.#kernel = kernel
    this.#folder = folder
    this.#host = createHostProcesses(join(folder, 'processes'))
  }

  /** Throws ServiceException where bubblewrap is asked for and isn't possible. */
  ready(): Promise<EngineFound> {
    this.#found ??= this.#probe()
    return this.#found
  }

  /** Known without trying: for the start's log. */
  get expected(): string {
    const { lambdaEngine } = this.#kernel.config
    if (lambdaEngine === 'process') return 'plain processes (--lambda-engine process)'
    if (findBubblewrap()) return 'bubblewrap, tried at the first use'
    if (lambdaEngine === 'bubblewrap') return 'none: bubblewrap is asked for and not installed'
    return 'plain processes: bubblewrap is not installed'
  }

  reap(): Promise<number> {
    return this.#host.reap()
  }

  stopAll(): Promise<void> {
    return this.#host.stopAll()
  }

  async #probe(): Promise<EngineFound> {
    const { config, log } = this.#kernel
    const found =
      config.lambdaEngine === 'process' ? plain(this.#host, asAsked) : await this.#tryBubblewrap()
    if (!found.isConfined && config.lambdaEngine === 'bubblewrap') {
      log.error('lambda.engine', { engine: found.note })
      this.#found = undefined // it may be installed while the server runs
      throw new AwsError('ServiceException', found.note, { status: 500 })
    }
    log.info('lambda.engine', { engine: found.note })
    return found
  }

  async #tryBubblewrap(): Promise<EngineFound> {
    const launch = nodeLaunch({ memoryMb: 128, isConfined: true })
    const temporary = join(this.#folder, 'sandbox', 'tmp')
    mkdirSync(temporary, { recursive: true })
    const confined = {
      program: launch.program,
      readOnly: launch.mounts,
      user: functionUser,
      temporary,
      temporaryBytes: 1024 * 1024,
      memoryBytes: 0,
    }
    const trial = { confined, command: launch.command, args: ['--version'] }
    const found = await probeBubblewrap(join(this.#folder, 'sandbox'), trial)
    if ('missing' in found) return plain(this.#host, found.missing)
    const processes = createBubblewrapProcesses(this.#host, found)
    await processes.reap()
    const limits = [
      found.limitsTmp ? '/tmp is limited' : '/tmp is not limited (bubblewrap is older than 0.8)',
      found.cgroups
        ? `memory by cgroup v${found.cgroups.version}`
        : 'memory by measuring (no cgroup can be made)',
      "network is the machine's",
    ]
    return { processes, isConfined: true, note: `${found.version}; ${limits.join(', ')}` }
  }
}

const asAsked = 'as --lambda-engine says'

const plain = (processes: Processes, why: string): EngineFound => ({
  processes,
  isConfined: false,
  note: `plain processes of the server's user, not closed off: ${why}`,
})
