import { Fragment, useState } from 'react'
import type { Diff, DiffFile } from '@madang/api'
import { ActionIcon, Badge, SegmentedControl, Text } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { ChevronDown, ChevronRight } from 'lucide-react'
import { t } from '../i18n/index.ts'
import { pairsOf } from './diff-lines.ts'
import { DiffRow, PairRow } from './diff-rows.tsx'
import type { LineTalk } from './line-talk.ts'
import classes from './diff-view.module.css'

/** Files beyond this open on demand, so a huge change doesn't stop the page. */
const OPEN_LINES = 3000

const layouts = ['unified', 'sideBySide'] as const
type Layout = (typeof layouts)[number]

export function DiffView({ diff, talk }: { diff: Diff; talk?: LineTalk }) {
  const [layout, setLayout] = useLocalStorage<Layout>({
    key: 'madang.diffLayout',
    defaultValue: 'unified',
  })
  const sums = runningSums(diff.files.map((file) => file.added + file.removed))
  return (
    <>
      <div className={classes['top']}>
        <Text size="sm" className="dim grow">
          {t('code.filesChanged', { count: diff.files.length })}{' '}
          <Text component="span" c="green">
            +{diff.added}
          </Text>{' '}
          <Text component="span" c="red">
            −{diff.removed}
          </Text>
          {diff.truncated && ` · ${t('code.diffTruncated')}`}
        </Text>
        <SegmentedControl
          className="only-wide"
          size="xs"
          aria-label={t('code.diffLayout')}
          data={layouts.map((value) => ({ value, label: t(`code.${value}`) }))}
          value={layout}
          onChange={(value) => setLayout(value as Layout)}
        />
      </div>
      {diff.files.map((file, index) => (
        <FileDiff
          key={file.path}
          file={file}
          talk={talk}
          layout={layout}
          startsOpen={sums[index]! < OPEN_LINES}
        />
      ))}
    </>
  )
}

function runningSums(values: number[]): number[] {
  return values.map((_value, index) => values.slice(0, index + 1).reduce((a, b) => a + b, 0))
}

interface FileProps {
  file: DiffFile
  talk: LineTalk | undefined
  layout: Layout
}

function FileDiff(props: FileProps & { startsOpen: boolean }) {
  const { file, talk, layout } = props
  const [isOpen, setOpen] = useState(props.startsOpen)
  return (
    <section className={`card ${classes['file']}`}>
      <div className={classes['head']}>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-expanded={isOpen}
          aria-label={t(isOpen ? 'code.foldFile' : 'code.unfoldFile', { path: file.path })}
          onClick={() => setOpen(!isOpen)}
        >
          {isOpen ? <ChevronDown size={16} /> : <ChevronRight size={16} />}
        </ActionIcon>
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
      </div>
      {isOpen && <Hunks file={file} talk={talk} layout={layout} />}
    </section>
  )
}

function Hunks({ file, talk, layout }: FileProps) {
  const isWide = layout === 'sideBySide'
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
                <td colSpan={isWide ? 4 : 3}>
                  @@ -{hunk.oldStart},{hunk.oldLines} +{hunk.newStart},{hunk.newLines} @@{' '}
                  {hunk.heading}
                </td>
              </tr>
              {isWide
                ? pairsOf(hunk.lines).map((pair, index) => (
                    <PairRow key={index} path={file.path} pair={pair} talk={talk} />
                  ))
                : hunk.lines.map((line, index) => (
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
