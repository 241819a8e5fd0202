import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/**
 * Of these ids (500 at most), those that are needed. One statement over all places that hold ids: an
 * id that moves from a row to another in between must not be missed. Throws where it can't tell.
 */
export type KeptOf = (ids: string[]) => Promise<Iterable<string>>

export interface Swept {
  /** Put aside: no owner keeps them. */
  orphaned: number
  /** Brought back: put aside earlier, and kept after all. */
  restored: number
  /** Gone for good. */
  removed: number
}

const DAY_MS = 86_400_000
const ASIDE = 'orphaned'
const ASIDE_MS = 14 * DAY_MS
const ASKED_AT_ONCE = 500

export const blobPath = (folder: string, id: string) => join(folder, id.slice(0, 2), id.slice(2))

export const isOwnerName = (owner: string) => /^[a-z][a-z0-9]{1,15}$/.test(owner)

const blobId = /^[0-9a-f]{40}-([a-z][a-z0-9]{1,15})$/

/**
 * Finds blobs that a crash has left without a row. A file is put aside when it is older than a day,
 * names its owner, that owner is here, and no owner keeps it, asked twice; two weeks later it goes.
 * All owners are asked about all files first: when one of them throws, nothing is touched. A file
 * that is kept again (the right database is back) returns to its place. Files of owners that
 * aren't here, and those from before ids named an owner, stay for ever.
 */
export async function sweepBlobs(
  folder: string,
  owners: ReadonlyMap<string, KeptOf>,
): Promise<Swept> {
  const now = Date.now()
  const asideIds = await owned(join(folder, ASIDE), '', owners)
  const isBack = await among(asideIds, owners)
  const found: string[] = []
  for (const shelf of await shelves(folder)) {
    found.push(...(await unkept(folder, shelf, owners, now)))
  }
  const stillKept = await among(found, owners)
  const orphans = found.filter((id) => !stillKept(id))

  const back = asideIds.filter(isBack)
  for (const id of back) await move(join(folder, ASIDE, id), blobPath(folder, id))
  const lost = asideIds.filter((id) => !isBack(id))
  const incoming = await filesIn(join(folder, 'incoming'))
  const removed =
    (await removeOld(join(folder, ASIDE), lost, { now, limitMs: ASIDE_MS })) +
    (await removeOld(join(folder, 'incoming'), incoming, { now, limitMs: DAY_MS }))
  for (const id of orphans) await putAside(folder, id, now)
  return { orphaned: orphans.length, restored: back.length, removed }
}

async function shelves(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => /^[0-9a-f]{2}$/.test(name))
}

/** Ids of the files here whose owner can be asked. */
async function owned(
  folder: string,
  shelf: string,
  owners: ReadonlyMap<string, KeptOf>,
): Promise<string[]> {
  const names = await filesIn(join(folder, shelf))
  return names.map((name) => shelf + name).filter((id) => owners.has(blobId.exec(id)?.[1] ?? ''))
}

async function filesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
}

/** Those of a shelf that are old enough and that nobody keeps. */
async function unkept(
  folder: string,
  shelf: string,
  owners: ReadonlyMap<string, KeptOf>,
  now: number,
): Promise<string[]> {
  const old: string[] = []
  for (const id of await owned(folder, shelf, owners)) {
    if ((await ageMs(blobPath(folder, id), now)) > DAY_MS) old.push(id)
  }
  const isKept = await among(old, owners)
  return old.filter((id) => !isKept(id))
}

/** Younger than anything where it is gone already. */
async function ageMs(file: string, now: number): Promise<number> {
  const known = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return known ? now - known.mtimeMs : Number.NEGATIVE_INFINITY
}

/** Asks every owner about every id, whoever wrote it: one word is enough to keep it. */
async function among(
  ids: string[],
  owners: ReadonlyMap<string, KeptOf>,
): Promise<(id: string) => boolean> {
  const kept = new Set<string>()
  for (let at = 0; at < ids.length; at += ASKED_AT_ONCE) {
    const some = ids.slice(at, at + ASKED_AT_ONCE)
    for (const keptOf of owners.values()) for (const id of await keptOf(some)) kept.add(id)
  }
  return (id) => kept.has(id)
}

async function putAside(folder: string, id: string, now: number): Promise<void> {
  const from = blobPath(folder, id)
  // The time it spends there counts from now.
  await utimes(from, new Date(now), new Date(now))
  await move(from, join(folder, ASIDE, id))
}

async function move(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true })
  await rename(from, to)
}

/** Of these files the ones that nobody touched for so long. Uploads that stopped never had an id. */
async function removeOld(
  folder: string,
  names: string[],
  { now, limitMs }: { now: number; limitMs: number },
): Promise<number> {
  let removed = 0
  for (const name of names) {
    const file = join(folder, name)
    if ((await ageMs(file, now)) <= limitMs) continue
    await rm(file, { force: true })
    removed++
  }
  return removed
}
