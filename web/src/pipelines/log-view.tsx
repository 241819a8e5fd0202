import { useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { Anchor, Group, Switch, Text } from '@mantine/core'
import type { RunStage } from '@madang/api'
import { useLive } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { ansiSpans } from './ansi.ts'
import { createLogReader } from './log-reader.ts'
import classes from './log-view.module.css'

const ROW_PX = 20
const POLL_MS = 1500

interface Props {
  project: string
  run: string
  stage: { id: string; name: string } | undefined
  isFinished: boolean
  /** Those that run side by side are named at their lines. */
  stages: RunStage[]
}

/**
 * The log of a run, or of one stage: only the lines in view are drawn, and it follows the end.
 * Render it with a key of run and stage; it belongs to one log for its whole life.
 */
export function LogView(props: Props) {
  const { project, run, stage, isFinished } = props
  const branches = branchNames(props.stages)
  const [reader] = useState(() =>
    createLogReader({ project, run, stage: stage?.id, marks: branches.size > 0 }),
  )
  const { lines, stages, isRead, isCut } = useSyncExternalStore(reader.subscribe, reader.snapshot)
  useLive([`project:${project}/run:${run}`], reader.read)
  useEffect(() => {
    reader.read()
    const timer = isFinished ? undefined : setInterval(reader.read, POLL_MS)
    return () => clearInterval(timer)
  }, [reader, isFinished])
  const [isFollowing, setFollowing] = useState(true)
  const frame = useRef<HTMLDivElement>(null)
  // oxlint-disable-next-line react/incompatible-library -- it re-renders by itself; nothing here is memoised
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_PX,
    overscan: 30,
  })
  useEffect(() => {
    if (isFollowing && lines.length > 0) rows.scrollToIndex(lines.length - 1, { align: 'end' })
  }, [isFollowing, lines.length, rows])
  const download = `/runs/${props.project}/${props.run}/log`
  return (
    <section aria-label={t('pipelines.log')}>
      <Group mb={6} gap="md">
        <Text size="sm" className="dim grow">
          {props.stage
            ? t('pipelines.stageLog', { stage: props.stage.name })
            : t('pipelines.wholeLog')}
          {isCut && ` · ${t('pipelines.logSkipped')}`}
        </Text>
        <Switch
          size="xs"
          label={t('pipelines.follow')}
          checked={isFollowing}
          onChange={(event) => setFollowing(event.currentTarget.checked)}
        />
        <Anchor size="sm" href={download} download>
          {t('pipelines.download')}
        </Anchor>
      </Group>
      <div
        ref={frame}
        className={classes['frame']}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scroll area has to take the keyboard
        tabIndex={0}
        onWheel={(event) => event.deltaY < 0 && setFollowing(false)}
      >
        {lines.length === 0 && (
          <Text className="dim" px="md">
            {t(isRead ? 'pipelines.logEmpty' : 'ui.loading')}
          </Text>
        )}
        <div style={{ height: rows.getTotalSize(), position: 'relative' }}>
          {rows.getVirtualItems().map((row) => (
            <LogLine
              key={row.key}
              number={row.index + 1}
              text={lines[row.index]!}
              branch={branchOf(branches, stages[row.index])}
              top={row.start}
            />
          ))}
        </div>
      </div>
    </section>
  )
}

/** The names of parallel branches by id. A branch of a branch is named by itself. */
function branchNames(stages: RunStage[]): Map<string, string> {
  return new Map(stages.filter(({ kind }) => kind === 'branch').map(({ id, name }) => [id, name]))
}

/** Ids are paths: the nearest branch around a line. */
function branchOf(branches: Map<string, string>, stage: string | undefined): string | undefined {
  for (
    let id = stage;
    id !== undefined && id !== '';
    id = id.slice(0, id.lastIndexOf('/') + 1).slice(0, -1)
  ) {
    const name = branches.get(id)
    if (name !== undefined) return name
  }
  return undefined
}

interface LineProps {
  number: number
  text: string
  branch: string | undefined
  top: number
}

function LogLine({ number, text, branch, top }: LineProps) {
  const kind = text.startsWith('[Pipeline]')
    ? 'frame'
    : /^(ERROR|FATAL)\b/.test(text)
      ? 'error'
      : ''
  return (
    <div className={classes['line']} data-kind={kind} style={{ top }}>
      <span className={classes['number']}>{number}</span>
      {branch !== undefined && <span className={classes['branch']}>{branch}</span>}
      <span>
        {ansiSpans(text).map((span, index) => (
          <span key={index} style={span.style}>
            {span.text}
          </span>
        ))}
      </span>
    </div>
  )
}
