import { Answer, type Call, inRepo, nothing, type RepoAsk } from './call.ts'
import type { FormFile } from './body.ts'
import type { Downloads } from './downloads.ts'
import { badFields, BitbucketError } from './errors.ts'
import { listing } from './paging.ts'
import { momentOf } from './people.ts'
import { repoUrl } from './present-repo.ts'
import type { Json } from './query.ts'
import { rangeIn } from './ranges.ts'
import type { DownloadRow } from './tables.ts'

const urlOf = async (ask: RepoAsk, name: string) =>
  `${await repoUrl(ask, ask.repo)}/downloads/${encodeURIComponent(name)}`

async function present(ask: RepoAsk, row: DownloadRow): Promise<Json> {
  return {
    type: 'download',
    name: row.name,
    size: row.size,
    downloads: row.fetches,
    created_on: momentOf(row.created_at),
    user: await ask.people.user(row.author_id, row.author_name),
    links: { self: { href: await urlOf(ask, row.name) } },
  }
}

async function found(downloads: Downloads, ask: RepoAsk): Promise<DownloadRow> {
  const { filename = '' } = ask.params
  const row = await downloads.find(ask.repo.row.id, filename)
  if (row) return row
  throw new BitbucketError(404, `Download not found: ${filename}`)
}

/** Some clients send a whole path; its last part is the name. Of two alike the last stands. */
function namedIn(files: FormFile[]): FormFile[] {
  const named = new Map<string, FormFile>()
  for (const { name: path, bytes } of files) {
    const name = path.split(/[\\/]/).at(-1) ?? ''
    if (name === '' || name === '.' || name === '..' || name.length > 255) {
      throw badFields({ files: [`"${path}" is not the name of a file.`] })
    }
    named.set(name, { name, bytes })
  }
  return [...named.values()]
}

async function upload(downloads: Downloads, ask: RepoAsk) {
  const files = namedIn(await ask.body.files('files'))
  if (files.length === 0) throw badFields({ files: ['required key not provided'] })
  await downloads.put(ask.actor, ask.repo.row.id, files)
  return new Answer(201)
}

/** The original sends its clients on to where the bytes are. */
async function toContent(downloads: Downloads, ask: RepoAsk) {
  const { name } = await found(downloads, ask)
  return new Answer(302, undefined, { location: `${await urlOf(ask, name)}/content` })
}

async function content(downloads: Downloads, ask: RepoAsk) {
  const row = await found(downloads, ask)
  const headers = {
    'content-type': 'application/octet-stream',
    'accept-ranges': 'bytes',
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(row.name)}`,
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
  }
  const range = rangeIn(ask.headers.range, row.size)
  if (range === 'outside') {
    return new Answer(416, '', { ...headers, 'content-range': `bytes */${row.size}` })
  }
  const { start, end } = range ?? { start: 0, end: row.size - 1 }
  const whole = { ...headers, 'content-length': String(end - start + 1) }
  if (!range) return new Answer(200, downloads.fetch(row), whole)
  const shown = `bytes ${start}-${end}/${row.size}`
  return new Answer(206, downloads.fetch(row, range), { ...whole, 'content-range': shown })
}

export function downloadCalls(downloads: Downloads): Call[] {
  const reading = inRepo('viewer')
  const writing = inRepo('developer')
  return [
    reading('GET', '/downloads', async (ask) =>
      listing(ask, {
        all: await downloads.list(ask.repo.row.id),
        present: (row) => present(ask, row),
      }),
    ),
    writing('POST', '/downloads', (ask) => upload(downloads, ask)),
    reading('GET', '/downloads/:filename', (ask) => toContent(downloads, ask)),
    reading('GET', '/downloads/:filename/content', (ask) => content(downloads, ask)),
    writing('DELETE', '/downloads/:filename', async (ask) => {
      await downloads.remove(await found(downloads, ask))
      return nothing()
    }),
  ]
}
