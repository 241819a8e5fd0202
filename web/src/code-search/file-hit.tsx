import type { ReactNode } from 'react'
import type { CodeHit } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Text } from '@mantine/core'
import { FileCode } from 'lucide-react'
import { addressOf } from '../code/repo-frame.tsx'
import { t } from '../i18n/index.ts'
import classes from './search.module.css'

/** One file with its lines that were found; each leads to its place. */
export function FileHit({ hit }: { hit: CodeHit }) {
  const page = addressOf(hit, 'file')
  const first = `L${hit.lines[0]?.number ?? 1}`
  return (
    <section className={`card ${classes['hit']}`}>
      <h2 className={classes['file']}>
        <FileCode size={16} className="dim" aria-hidden />
        <Link to={page} hash={first}>
          <span className="dim">
            {hit.project}/{hit.repo} ·{' '}
          </span>
          {hit.path}
        </Link>
      </h2>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scroll area has to take the keyboard */}
      <ol className={classes['lines']} tabIndex={0} aria-label={hit.path}>
        {hit.lines.map((line) => (
          <li key={line.number}>
            <Link to={page} hash={`L${line.number}`} preload={false}>
              <span className={classes['number']}>{line.number}</span>
              <code>{marked(line)}</code>
            </Link>
          </li>
        ))}
      </ol>
      {hit.hasMoreLines && (
        <Text size="xs" className="dim" p="6px 14px">
          {t('search.moreLines')}
        </Text>
      )}
    </section>
  )
}

/** A line with what was found in marks. */
function marked({ text, ranges }: CodeHit['lines'][number]): ReactNode[] {
  const pieces: ReactNode[] = []
  let at = 0
  for (const [start, end] of ranges) {
    pieces.push(text.slice(at, start), <mark key={start}>{text.slice(start, end)}</mark>)
    at = end
  }
  return [...pieces, text.slice(at)]
}
