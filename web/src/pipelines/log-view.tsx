import { useEffect, useRef, useState } from 'react'
import { pipelinesEndpoints } from '@madang/api'
import { useVirtualizer } from '@tanstack/react-virtual'
import { Anchor, Group, Switch, Text } from '@mantine/core'
import { call } from '../api/call.ts'
import { t } from '../i18n/index.ts'
import { ansiSpans } from './ansi.ts'
import classes from './log-view.module.css'

const KEPT_LINES = 50_000
const ROW_PX = 20
const POLL_MS = 1500

interface Props {
  project: string
  run: string
  stage: { id: string; name: string } | undefined
  isFinished: boolean
  /** Grows with each live message about the run's log. */
  pulse: number
}

/** The log of a run, or of one stage: only the lines in view are drawn, and it follows the end. */
export function LogView(props: Props) {
  const { lines, isCut } = useLog(props)
  const [isFollowing, setFollowing] = useState(true)
  const frame = useRef<HTMLDivElement>(null)
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_PX,
    overscan: 30,
  })
  useEffect(() => {
    if (isFollowing && lines.length > 0) rows.scrollToIndex(lines.length - 1, { align: 'end' })
  }, [isFollowing, lines.length, rows])
  const download = `/api/projects/${props.project}/runs/${props.run}/log.txt`
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
        {lines.length === 0 && <Text className="dim">{t('pipelines.logEmpty')}</Text>}
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

/** Reads on from where it stands, at each live message and once in a while. */
function useLog({ project, run, stage, isFinished, pulse }: Props) {
  const [state, setState] = useState({ lines: [] as string[], isCut: false })
  const place = useRef({ offset: 0, rest: '', isWhole: false, isReading: false })
  const stageId = stage?.id
  useEffect(() => {
    place.current = { offset: 0, rest: '', isWhole: false, isReading: false }
    setState({ lines: [], isCut: false })
  }, [project, run, stageId])
  useEffect(() => {
    const at = place.current
    const read = async () => {
      if (at.isReading || at.isWhole) return
      at.isReading = true
      try {
        await readOn(at)
      } finally {
        at.isReading = false
      }
    }
    const readOn = async (from: typeof at) => {
      for (let more = true; more && place.current === from;) {
        const query = { offset: from.offset, ...(stageId ? { stage: stageId } : {}) }
        const part = await call(pipelinesEndpoints.runLog, { params: { project, run }, query })
        if (place.current !== from) return
        more = part.nextOffset > from.offset && !part.isWhole
        from.offset = part.nextOffset
        from.isWhole = part.isWhole
        append(from, part.text)
      }
    }
    const append = (from: typeof at, text: string) => {
      if (text === '') return
      const pieces = (from.rest + text).split('\n')
      from.rest = pieces.pop()!
      setState(({ lines, isCut }) => {
        const all = [...lines, ...pieces]
        return { lines: all.slice(-KEPT_LINES), isCut: isCut || all.length > KEPT_LINES }
      })
    }
    // A failed read is made again by the next pulse or tick; the page itself shows a lost server.
    const tryRead = () => void read().catch(() => undefined)
    tryRead()
    const timer = isFinished ? undefined : setInterval(tryRead, POLL_MS)
    return () => clearInterval(timer)
  }, [project, run, stageId, isFinished, pulse])
  return state
}
