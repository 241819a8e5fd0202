import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { git, records } from '../git-process.ts'
import { buildSegment, type BuildOrder, SMALL_BUILD_DOCS } from './build-docs.ts'
import { NotSegment, Segment } from './segment.ts'
import type { Doc } from './segment-build.ts'

/** What is searched of a repository: the newest form of each file, spread over segments. */
export interface Manifest {
  /** The commit it stands for. */
  sha: string
  segments: { name: string; dead: number[] }[]
}

const MOST_SEGMENTS = 8

export const manifestFile = (folder: string) => join(folder, 'manifest.json')

export async function readManifest(folder: string): Promise<Manifest | undefined> {
  if (!existsSync(manifestFile(folder))) return undefined
  return JSON.parse(await readFile(manifestFile(folder), 'utf8')) as Manifest
}

/**
 * Brings a repository's index to a commit. Only what changed is read; many small segments are made
 * one. The manifest is replaced last: a crash leaves the index as it was.
 */
export async function updateIndex(given: {
  repo: string
  folder: string
  sha: string
}): Promise<void> {
  const { repo, folder, sha } = given
  await mkdir(folder, { recursive: true })
  const known = await readManifest(folder)
  if (known?.sha === sha) return
  const changes = known && (await changesBetween(repo, known.sha, sha))
  const next = await (known && changes ? step(given, known, changes) : fresh(given)).catch(
    (error: unknown) => {
      if (error instanceof NotSegment) return fresh(given)
      throw error
    },
  )
  const file = manifestFile(folder)
  await writeFile(`${file}.new`, JSON.stringify(next))
  await rename(`${file}.new`, file)
  await tidy(folder, next)
}

type Given = { repo: string; folder: string; sha: string }

async function fresh({ repo, folder, sha }: Given): Promise<Manifest> {
  const listing = await git(['ls-tree', '-r', '-z', sha], {
    folder: repo,
    limitBytes: 512 * 1024 * 1024,
  })
  const docs = records(listing).flatMap((record): Doc[] => {
    const [head = '', path = ''] = split(record)
    const [mode = '', , blob = ''] = head.split(' ')
    return isFile(mode) ? [{ path, sha: blob }] : []
  })
  return { sha, segments: await made(repo, folder, docs) }
}

interface Changes {
  gone: string[]
  docs: Doc[]
}

/** Undefined when the old commit is no longer there. */
async function changesBetween(
  repo: string,
  from: string,
  to: string,
): Promise<Changes | undefined> {
  const check = await git(['cat-file', '-t', from], { folder: repo, accept: [0, 1, 128] })
  if (check.toString('latin1').trim() !== 'commit') return undefined
  const args = ['diff-tree', '-r', '-z', '--raw', '--no-renames', from, to]
  const parts = records(await git(args, { folder: repo, limitBytes: 512 * 1024 * 1024 }))
  const changes: Changes = { gone: [], docs: [] }
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const [, mode = '', , blob = ''] = parts[at]!.slice(1).split(' ')
    const path = parts[at + 1]!
    changes.gone.push(path)
    if (isFile(mode)) changes.docs.push({ path, sha: blob })
  }
  return changes
}

async function step(given: Given, known: Manifest, changes: Changes): Promise<Manifest> {
  const { repo, folder, sha } = given
  const segments: Manifest['segments'] = []
  const docs = [...changes.docs]
  let sizes = 0
  let dead = 0
  for (const { name, dead: before } of known.segments) {
    const segment = new Segment(join(folder, name))
    try {
      const found = changes.gone.map((path) => segment.find(path)).filter((number) => number >= 0)
      const all = [...new Set([...before, ...found])].sort((a, b) => a - b)
      const isLargest = segments.length === 0
      // The first segment is the large one; once there are many, the others become one.
      if (isLargest || known.segments.length < MOST_SEGMENTS) segments.push({ name, dead: all })
      else docs.push(...alive(segment, all))
      sizes += segment.docCount
      dead += all.length
    } finally {
      segment.close()
    }
  }
  if (dead > 1000 && dead > sizes / 2) return fresh(given)
  return { sha, segments: [...segments, ...(await made(repo, folder, docs))] }
}

function alive(segment: Segment, dead: number[]): Doc[] {
  const isDead = new Set(dead)
  return [...segment.docs()].filter((_doc, number) => !isDead.has(number))
}

async function made(repo: string, folder: string, docs: Doc[]): Promise<Manifest['segments']> {
  if (docs.length === 0) return []
  const name = `${randomUUID()}.segment`
  const order: BuildOrder = { folder: repo, docs, file: join(folder, name) }
  await (docs.length <= SMALL_BUILD_DOCS ? buildSegment(order) : buildAside(order))
  return [{ name, dead: [] }]
}

/** In a thread of its own: a large repository takes seconds of work. */
function buildAside(order: BuildOrder): Promise<void> {
  return new Promise((resolve, reject) => {
    const here = import.meta.url
    const script = new URL(here.endsWith('.ts') ? './build-thread.ts' : './build-thread.js', here)
    const worker = new Worker(script, {
      workerData: order,
      execArgv: ['--disable-warning=ExperimentalWarning'],
    })
    worker.on('error', reject)
    worker.on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`the index builder ended with ${code}`)),
    )
  })
}

async function tidy(folder: string, { segments }: Manifest): Promise<void> {
  const kept = new Set(['manifest.json', ...segments.map((segment) => segment.name)])
  for (const name of await readdir(folder)) {
    if (!kept.has(name)) await rm(join(folder, name), { force: true })
  }
}

const isFile = (mode: string) => mode === '100644' || mode === '100755'

function split(record: string): [string, string] {
  const tab = record.indexOf('\t')
  return [record.slice(0, tab), record.slice(tab + 1)]
}
