import type { CodeHit } from '@madang/api'
import { openRepo } from '../context.ts'
import type { CodeSearch } from '../search/index.ts'
import { type Ask, type Call, signedIn } from './call.ts'
import { badFields, BitbucketError } from './errors.ts'
import { listing } from './paging.ts'
import { checkWorkspace, isWhole } from './places.ts'
import { repoUrl } from './present-repo.ts'
import type { Json } from './query.ts'

/** What one answer looks through; later pages are parts of it. */
const MOST_FILES = 1000

interface Asked {
  q: string
  project?: string
  repo?: string
  path?: string
}

/** Words, and what narrows them: `repo:`, `project:`, `path:` and `ext:`. */
function askedIn(text: string): Asked {
  const asked: Asked = { q: '' }
  const words: string[] = []
  for (const [word, name, value = ''] of text.matchAll(
    /(?:(repo|project|path|ext|lang):)?(\S+)/g,
  )) {
    if (name === undefined) words.push(word)
    else if (name === 'ext') asked.path = `*.${value}`
    else if (name === 'lang')
      throw badFields({ search_query: ['lang: is not available; use ext:'] })
    else asked[name as 'repo' | 'project' | 'path'] = value.replace(/^"|"$/g, '')
  }
  // A phrase in quotes stands as it is; the search is for one text in a line in any case.
  asked.q = words.join(' ').replace(/^"(.*)"$/, '$1')
  if (asked.q === '') throw new BitbucketError(400, 'search_query is required')
  return asked
}

/** A line cut where it matches. */
function segmentsOf({ text, ranges }: CodeHit['lines'][number]): Json[] {
  const segments: Json[] = []
  let at = 0
  for (const [start, end] of ranges) {
    if (start > at) segments.push({ text: text.slice(at, start) })
    segments.push({ text: text.slice(start, end), match: true })
    at = end
  }
  if (at < text.length) segments.push({ text: text.slice(at) })
  return segments
}

async function presentHit(ask: Ask, hit: CodeHit): Promise<Json> {
  const repo = await openRepo(ask.parts.context, hit.project, hit.repo)
  const path = hit.path.split('/').map(encodeURIComponent).join('/')
  const self = { href: `${await repoUrl(ask, repo)}/src/${hit.sha}/${path}` }
  return {
    type: 'code_search_result',
    content_match_count: hit.lines.reduce((sum, { ranges }) => sum + ranges.length, 0),
    content_matches: hit.lines.map((line) => ({
      lines: [{ line: line.number, segments: segmentsOf(line) }],
    })),
    path_matches: [{ text: hit.path }],
    file: { type: 'commit_file', path: hit.path, links: { self } },
  }
}

export function searchCalls(search: CodeSearch): Call[] {
  const find = async (ask: Ask) => {
    const asked = askedIn(ask.query.get('search_query') ?? '')
    const place = ask.params['workspace']
    if (place !== undefined) {
      await checkWorkspace(ask.parts.context, place)
      if (!isWhole(place)) asked.project = place
    }
    const query = { ...asked, regex: false, matchCase: false, limit: MOST_FILES }
    const { items } = await search(ask.actor, query)
    const page = await listing(ask, { all: items, present: (hit) => presentHit(ask, hit) })
    return { ...page, query_substituted: false }
  }
  return [
    signedIn('GET', '/workspaces/:workspace/search/code', find),
    signedIn('GET', '/teams/:username/search/code', find),
    signedIn('GET', '/users/:selected_user/search/code', find),
  ]
}
