import { useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { Anchor, Group, Switch, Text } from '@mantine/core'
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
}

/**
 * The log of a run, or of one stage: only the lines in view are drawn, and it follows the end.
 * Render it with a key of run and stage; it belongs to one log for its whole life.
 */
export function LogView(props: Props) {
  const { project, run, stage, isFinished } = props
  const [reader] = useState(() => createLogReader({ project, run, stage: stage?.id }))
  const { lines, isRead, isCut } = useSyncExternalStore(reader.subscribe, reader.snapshot)
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
              top={row.start}
            />
          ))}
        </div>
      </div>
    </section>
  )
}

function LogLine({ number, text, top }: { number: number; text: string; top: number }) {
  const kind = text.startsWith('[Pipeline]')
    ? 'frame'
    : /^(ERROR|FATAL)\b/.test(text)
      ? 'error'
      : ''
  return (
    <div className={classes['line']} data-kind={kind} style={{ top }}>
      <span className={classes['number']}>{number}</span>
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
