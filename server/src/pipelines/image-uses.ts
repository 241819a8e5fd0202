import { execFile } from 'node:child_process'
import type { ImageUse } from '@madang/api'
import type { Database } from '../kernel/index.ts'
import type { UsedImage } from '../registry/index.ts'
import { inheritedEnvironment } from './engine/index.ts'
import { jobName, runPage } from './model.ts'
import { runById } from './store-runs.ts'
import type { PipelinesTables } from './tables.ts'

const LONGEST_MS = 5_000
const MOST_IDS = 200

interface Inspected {
  Name: string
  Image: string
  State: { StartedAt: string }
  Config: { Labels: Record<string, string> | null }
}

/**
 * Containers of the image that this machine's Docker Engine runs now: those that runs keep up, and
 * those that somebody started by hand. None where no engine answers.
 */
export async function containersOfImage(
  database: Pick<Database, 'tables'>,
  image: UsedImage,
): Promise<ImageUse[]> {
  const ancestors = image.digests.slice(0, MOST_IDS).map((digest) => `--filter=ancestor=${digest}`)
  const ids = (await docker(['ps', '--quiet', '--no-trunc', ...ancestors])).split('\n')
  const some = ids.filter((id) => id !== '').slice(0, MOST_IDS)
  if (some.length === 0) return []
  const text = await docker(['inspect', '--type=container', '--format={{json .}}', ...some])
  const containers = text
    .split('\n')
    .flatMap((line) => (line ? [JSON.parse(line) as Inspected] : []))
  // `ancestor` finds what was built on top of it, too.
  const own = containers.filter(({ Image }) => image.digests.includes(Image))
  return Promise.all(own.map((it) => useOf(database, image.project, it)))
}

async function useOf(
  database: Pick<Database, 'tables'>,
  project: string,
  { Name, State, Config }: Inspected,
): Promise<ImageUse> {
  const id = Config.Labels?.['madang.run']
  const run = id === undefined ? undefined : await runById(tablesOf(database), id)
  const isShown = run?.project === project
  return {
    kind: 'container',
    name: Name.replace(/^\//, ''),
    of: isShown ? `${jobName(run)} #${run.number}` : undefined,
    url: isShown ? runPage(run) : undefined,
    since: State.StartedAt,
    isByTag: false,
  }
}

const tablesOf = (database: Pick<Database, 'tables'>) => database.tables<PipelinesTables>()

/** What it prints; nothing where it fails: there is no engine then, or the container just ended. */
function docker(args: string[]): Promise<string> {
  const env = inheritedEnvironment(process.env, '')
  return new Promise((resolve) => {
    execFile('docker', args, { env, timeout: LONGEST_MS, maxBuffer: 2 ** 26 }, (_error, output) =>
      resolve(output),
    )
  })
}
