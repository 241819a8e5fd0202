import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Figure, ratios, ratioText, spreadOf, withUnit } from './figure.ts'
import { openProject, type Project } from './project.ts'

const exec = promisify(execFile)
const ROUNDS = 5
const FILES = 400
const FILE_BYTES = 256 * 1024
const BOUND = 1.2

/** `git clone` of 100 MB through Madang beside the same repository over file://. */
export async function clone(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'madang-bench-'))
  const project = await openProject()
  try {
    await fill(project, join(folder, 'source'))
    const bare = `file://${bareRepo(project.server.home)}`
    const mine: number[] = []
    const files: number[] = []
    for (let round = 0; round <= ROUNDS; round++) {
      const ours = await timedClone(project.gitUrl, join(folder, 'ours'))
      const plain = await timedClone(bare, join(folder, 'plain'))
      // The first round fills the page cache for both.
      if (round === 0) continue
      mine.push(ours)
      files.push(plain)
    }
    const each = ratios(mine, files)
    return [
      {
        what: 'git clone of 100 MB',
        ours: withUnit(mine, 's'),
        peer: `file:// ${withUnit(files, 's')}`,
        ratio: ratioText(each),
        bound: `≤ ${BOUND} ×`,
        isMet: spreadOf(each).median <= BOUND,
      },
    ]
  } finally {
    await project.server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function fill({ gitUrl }: Project, source: string): Promise<void> {
  mkdirSync(source)
  for (let index = 0; index < FILES; index++) {
    writeFileSync(join(source, `data-${index}.bin`), randomBytes(FILE_BYTES))
  }
  const git = (...args: string[]) => exec('git', ['-C', source, ...args])
  await git('init', '-q', '-b', 'main')
  await git('add', '.')
  await git('-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', 'commit', '-qm', 'Data')
  await git('push', '-q', gitUrl, 'main')
}

function bareRepo(home: string): string {
  const found = readdirSync(join(home, 'repos'), { recursive: true, encoding: 'utf8' }).find(
    (path) => path.endsWith('.git'),
  )
  return join(home, 'repos', found!)
}

/** Seconds. */
async function timedClone(url: string, target: string): Promise<number> {
  const started = performance.now()
  await exec('git', ['clone', '-q', url, target])
  const seconds = (performance.now() - started) / 1000
  rmSync(target, { recursive: true, force: true })
  return seconds
}
