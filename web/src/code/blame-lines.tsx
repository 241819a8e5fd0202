import type { CSSProperties } from 'react'
import { type Blame, type BlameCommit, type BlameRange, codeEndpoints } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Alert, Tooltip } from '@mantine/core'
import { History } from 'lucide-react'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Loaded } from '../ui/states.tsx'
import { Ago } from '../ui/time.tsx'
import classes from './file-page.module.css'
import { addressOf, type RepoPlace } from './repo-frame.tsx'
import { SourceText } from './source-text.tsx'

interface OfFile {
  place: RepoPlace
  text: string
  language: string
}

/** The file with the commit that wrote each of its lines. */
export function BlameLines({ place, text, language }: OfFile) {
  const query = useEndpoint(codeEndpoints.blameGet, {
    params: { project: place.project, repo: place.repo },
    query: { ref: place.ref, path: place.path },
  })
  return (
    <Loaded query={query} lines={12}>
      {(blame) => (
        <>
          {!blame.isWhole && (
            <Alert color="yellow" m="sm">
              {t('code.blamePartly')}
            </Alert>
          )}
          <SourceText text={text} language={language} before={cellsOf(blame, place)} />
        </>
      )}
    </Loaded>
  )
}

function cellsOf({ ranges, commits }: Blame, place: RepoPlace) {
  const commitOf = new Map(commits.map((commit) => [commit.sha, commit]))
  const rangeAt = new Map(ranges.map((range) => [range.line, range]))
  const inside = new Set(
    ranges.flatMap(({ line, count }) =>
      Array.from({ length: count - 1 }, (_, at) => line + at + 1),
    ),
  )
  const moments = commits.map(({ author }) => Date.parse(author.at))
  const oldest = Math.min(...moments)
  const span = Math.max(...moments) - oldest || 1
  return (line: number) => {
    const range = rangeAt.get(line)
    if (!range) return inside.has(line) ? null : <td className={classes['who']}>—</td>
    const commit = commitOf.get(range.sha)!
    const youth = (Date.parse(commit.author.at) - oldest) / span
    return <WhoWrote range={range} commit={commit} youth={youth} place={place} />
  }
}

interface Written {
  range: BlameRange
  commit: BlameCommit
  place: RepoPlace
  /** 0 for the oldest commit of the file, 1 for its newest. */
  youth: number
}

function WhoWrote({ range, commit, place, youth }: Written) {
  const { sha, title, author } = commit
  const params = { project: place.project, repo: place.repo, sha }
  const style = { '--youth': `${Math.round(15 + 85 * youth)}%` } as CSSProperties
  const { before } = range
  return (
    <td className={classes['who']} rowSpan={range.count} style={style}>
      <div>
        <Link
          to="/p/$project/code/$repo/commit/$sha"
          params={params}
          title={title}
          className="grow ellipsis"
        >
          {title}
        </Link>
        <span className={`dim ellipsis ${classes['by']}`}>
          {author.name} · <Ago at={author.at} />
        </span>
        {before && (
          <Tooltip label={t('code.blameBefore')}>
            <Link
              to={addressOf({ ...place, ref: before.sha, path: before.path }, 'blame')}
              aria-label={`${t('code.blameBefore')}: ${title}`}
            >
              <History size={14} aria-hidden />
            </Link>
          </Tooltip>
        )}
      </div>
    </td>
  )
}
