import { type Copying, copyInto } from './copy.ts'
import { ownerOf } from './accounts.ts'
import type { Context } from './context.ts'
import type { Instruction } from './dockerfile.ts'
import { BuildError } from './errors.ts'
import { expand, type Lookup } from './expand.ts'
import { envOf } from './image-config.ts'
import { last } from './layer-write.ts'
import type { Spool } from './spool.ts'
import type { Stage } from './stage.ts'
import { baseOf, type Change, folder, LAYER_MTIME, Tree } from './tree.ts'

/** What COPY and ADD take from. */
export interface Sources {
  context: Context
  spool: Spool
  escape: string
  /** A stage of before, or an image. */
  from(text: string): Promise<Tree>
}

/** Variables of a stage: what ENV set goes before ARG. */
export function lookupOf(stage: Stage): Lookup {
  const env = envOf(stage.image.config)
  return (name) => env.get(name) ?? stage.args.get(name)
}

export async function copy(it: Instruction, stage: Stage, sources: Sources): Promise<Change[]> {
  const name = it.name as 'COPY' | 'ADD'
  const put = (text: string) => expand(text, lookupOf(stage), sources.escape)
  const flags = new Map(it.flags)
  checkFlags(name, flags)
  const words = (it.json ?? it.text.split(/\s+/)).map((word) =>
    word.startsWith('<<') ? word : put(word),
  )
  if (words.length < 2) {
    throw new BuildError(
      `${name} requires at least two arguments, but only one was provided. Destination could not be determined`,
    )
  }
  const to = absolute(stage, words.at(-1)!)
  const wanted = words.slice(0, -1)
  const chown = flags.get('chown')
  const owner = chown === undefined ? undefined : await ownerOf(stage.tree, put(chown))
  const chmod = flags.get('chmod')
  const mode = chmod === undefined ? undefined : modeOf(put(chmod))
  const shared = { name, to, owner, mode }
  const inline = await heredocFiles(it, sources, put)
  const fromInline = inline
    ? await copyInto(stage.tree, { ...shared, ...inline, ignores: () => false, spool: undefined })
    : []
  const files = wanted.filter((word) => !word.startsWith('<<'))
  if (files.length === 0) return last(fromInline)
  const from = flags.get('from')
  const ofContext: Pick<Copying, 'from' | 'ignores'> =
    from === undefined
      ? { from: sources.context.tree, ignores: sources.context.ignores }
      : { from: await sources.from(from), ignores: () => false }
  if (name === 'ADD') files.forEach(refuseRemote)
  const spool = name === 'ADD' ? sources.spool : undefined
  const copied = await copyInto(stage.tree, { ...shared, ...ofContext, sources: files, spool })
  return last([...fromInline, ...copied])
}

/** `COPY <<name /at`: a file of the Dockerfile itself. */
async function heredocFiles(it: Instruction, { spool }: Sources, put: (text: string) => string) {
  if (it.heredocs.length === 0) return undefined
  const from = new Tree()
  for (const { name, body, isExpanded } of it.heredocs) {
    // Quotes of a text are no quotes of a shell.
    const text = isExpanded ? put(body.replace(/["'\\]/g, '\\$&')) : body
    const content = await spool.add(pieces(Buffer.from(text)))
    from.put(name, { type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: LAYER_MTIME, content })
  }
  return { from, sources: it.heredocs.map(({ name }) => name) }
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

function checkFlags(name: string, flags: ReadonlyMap<string, string>): void {
  const known = name === 'COPY' ? ['from', 'chown', 'chmod', 'link'] : ['chown', 'chmod', 'link']
  for (const flag of flags.keys()) {
    if (!known.includes(flag)) throw new BuildError(`${name} --${flag} needs Docker`)
  }
}

function refuseRemote(source: string): void {
  if (!/^(https?|git|ssh):\/\/|^git@/.test(source)) return
  throw new BuildError(
    `ADD ${source}: files of other hosts are not fetched while building; fetch it in a step before and COPY it`,
  )
}

function modeOf(text: string): number {
  if (/^[0-7]{1,4}$/.test(text)) return Number.parseInt(text, 8)
  throw new BuildError(`--chmod=${text}: use an octal number, as 755`)
}

/** From the working directory; an end in `/` or `.` stays one in `/`. */
export function absolute(stage: Stage, path: string): string {
  const whole = path.startsWith('/') ? path : `${stage.image.config.WorkingDir || '/'}/${path}`
  const parts: string[] = []
  for (const part of whole.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  const isFolder = path.endsWith('/') || ['.', '..'].includes(baseOf(path))
  return `/${parts.join('/')}${isFolder && parts.length > 0 ? '/' : ''}`
}

/** Sets the directory, and makes it where there is none, as the stage's user. */
export async function workdir(it: Instruction, stage: Stage, escape: string) {
  const text = expand(it.text, lookupOf(stage), escape)
  const path = absolute(stage, text).replace(/(.)\/$/, '$1')
  const { User: user } = stage.image.config
  const owner = user ? await ownerOf(stage.tree, user) : undefined
  const changes = stage.tree.folders(path, folder(0o755, owner?.uid, owner?.gid))
  stage.image.config.WorkingDir = path
  return { changes, createdBy: `WORKDIR ${path}` }
}
