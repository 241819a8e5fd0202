// What a checkout needs before anything runs: its dependencies and a Node that runs TypeScript.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const NODE_MAJOR = 24

/** Installs what is missing; resolves to the path of a Node ≥ 24. */
export async function ensureToolchain() {
  ensureDependencies()
  const node = ensureNode()
  return node
}

function ensureDependencies() {
  const lock = readFileSync(join(root, 'package-lock.json'))
  const wanted = createHash('sha256').update(lock).digest('hex')
  const stamp = join(root, 'node_modules', '.madang-lock')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  console.error('Installing dependencies (npm ci) …')
  npm(['ci', '--no-audit', '--no-fund', '--ignore-scripts'], root)
  writeFileSync(stamp, wanted)
}

function ensureNode() {
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR) return process.execPath
  const name = `node-${{ win32: 'win' }[process.platform] ?? process.platform}-${process.arch}`
  const folder = join(root, '.toolchain')
  const binary = join(
    folder,
    'node_modules',
    name,
    'bin',
    process.platform === 'win32' ? 'node.exe' : 'node',
  )
  if (existsSync(binary) && statSync(binary).size > 1_000_000) return binary
  console.error(
    `This Node is ${process.version}; fetching Node ${NODE_MAJOR} from the npm registry …`,
  )
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"private":true}\n')
  npm(['install', `${name}@${NODE_MAJOR}`, '--no-audit', '--no-fund', '--ignore-scripts'], folder)
  return binary
}

function npm(args, cwd) {
  const windows = process.platform === 'win32'
  const done = spawnSync(windows ? 'npm.cmd' : 'npm', args, {
    cwd,
    stdio: ['ignore', 2, 2],
    shell: windows,
  })
  if (done.status === 0) return
  console.error(
    `npm ${args[0]} failed; check the network and the npm registry, then run the same command again.`,
  )
  process.exit(1)
}
