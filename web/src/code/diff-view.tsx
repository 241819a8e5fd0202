import { Fragment, type ReactNode, useState } from 'react'
import type { Diff, DiffFile } from '@madang/api'
import { Badge, Button, Text } from '@mantine/core'
import { MessageSquarePlus } from 'lucide-react'
import { t } from '../i18n/index.ts'
import classes from './diff-view.module.css'

/** A line one can talk about. */
export interface LinePlace {
  path: string
  line: number
  side: 'old' | 'new'
}

export interface LineTalk {
  /** What is said below a line. */
  below: (place: LinePlace) => ReactNode
  begin: (place: LinePlace) => void
}

/** Files beyond this open on demand, so a huge change doesn't stop the page. */
const OPEN_LINES = 3000

export function DiffView({ diff, talk }: { diff: Diff; talk?: LineTalk }) {
  const sums = runningSums(diff.files.map((file) => file.added + file.removed))
  return (
    <>
      <Text size="sm" className="dim" mb="sm">
        {t('code.filesChanged', { count: diff.files.length })}{' '}
        <Text component="span" c="green">
          +{diff.added}
        </Text>{' '}
        <Text component="span" c="red">
          −{diff.removed}
        </Text>
        {diff.truncated && ` · ${t('code.diffTruncated')}`}
      </Text>
      {diff.files.map((file, index) => (
        <FileDiff key={file.path} file={file} talk={talk} startsOpen={sums[index]! < OPEN_LINES} />
      ))}
    </>
  )
}

function runningSums(values: number[]): number[] {
  return values.map((_value, index) => values.slice(0, index + 1).reduce((a, b) => a + b, 0))
}

function FileDiff(props: { file: DiffFile; talk: LineTalk | undefined; startsOpen: boolean }) {
  const { file, talk } = props
  const [isOpen, setOpen] = useState(props.startsOpen)
  return (
    <section className={`card ${classes['file']}`}>
      <div className={classes['head']}>
        <Text size="sm" className="mono grow ellipsis">
          {file.path}
          {file.oldPath && file.oldPath !== file.path && (
            <span className="dim"> {t('code.renamedFrom', { path: file.oldPath })}</span>
          )}
        </Text>
        <Badge size="sm" variant="outline" color="gray" tt="none">
          {t(`code.status_${file.status}`)}
        </Badge>
        <Text size="sm">
          <Text component="span" size="sm" c="green">
            +{file.added}
          </Text>{' '}
          <Text component="span" size="sm" c="red">
            −{file.removed}
          </Text>
        </Text>
        <Button size="compact-xs" variant="subtle" onClick={() => setOpen(!isOpen)}>
          {isOpen ? '−' : '+'}
        </Button>
      </div>
      {isOpen && <Hunks file={file} talk={talk} />}
    </section>
  )
}

function Hunks({ file, talk }: { file: DiffFile; talk: LineTalk | undefined }) {
  if (file.isBinary || (file.hunks.length === 0 && file.truncated)) {
    return (
      <Text size="sm" className="dim" p="md">
        {t(file.isBinary ? 'code.fileTruncated' : 'code.tooLong')}
      </Text>
    )
  }
  return (
    <div className={classes['body']}>
      <table>
        <tbody>
          {file.hunks.map((hunk) => (
            <Fragment key={`${hunk.oldStart} ${hunk.newStart}`}>
              <tr className={classes['hunk']}>
                <td colSpan={3}>
                  @@ -{hunk.oldStart},{hunk.oldLines} +{hunk.newStart},{hunk.newLines} @@{' '}
                  {hunk.heading}
                </td>
              </tr>
              {hunk.lines.map((line, index) => (
                <DiffRow key={index} path={file.path} line={line} talk={talk} />
              ))}
            </Fragment>
          ))}
        </tbody>
      </table>
      {file.truncated && (
        <Text size="sm" className="dim" p="sm">
          {t('code.fileTruncated')}
        </Text>
      )}
    </div>
  )
}

type Line = DiffFile['hunks'][number]['lines'][number]

function DiffRow({ path, line, talk }: { path: string; line: Line; talk: LineTalk | undefined }) {
  const side = line.kind === 'removed' ? 'old' : 'new'
  const place: LinePlace = { path, side, line: (side === 'old' ? line.old : line.new) ?? 0 }
  const sign = { added: '+', removed: '−', context: ' ' }[line.kind]
  return (
    <>
      <tr className={line.kind === 'context' ? '' : classes[line.kind]}>
        <td className={classes['number']}>{line.old}</td>
        <td className={classes['number']}>{line.new}</td>
        <td className={classes['text']}>
          {talk && (
            <button
              type="button"
              className={classes['add']}
              aria-label={t('code.commentOnLine')}
              onClick={() => talk.begin(place)}
            >
              <MessageSquarePlus size={14} />
            </button>
          )}
          {sign} {line.text}
        </td>
      </tr>
      {talk?.below(place)}
    </>
  )
}
