import { useEffect, useRef } from 'react'
import { t } from '../i18n/index.ts'
import { momentText } from '../ui/time.tsx'
import classes from './cloud.module.css'

interface Line {
  id?: string
  at: string
  message: string
}

/** Log lines, oldest first; follows the end until one scrolls up. */
export function LogLines({ lines }: { lines: Line[] }) {
  const frame = useRef<HTMLOListElement>(null)
  const isFollowing = useRef(true)
  const last = lines.at(-1)
  useEffect(() => {
    if (last && isFollowing.current) frame.current!.scrollTop = frame.current!.scrollHeight
  }, [last])
  return (
    <ol
      ref={frame}
      className={classes['logs']}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scroll area has to take the keyboard
      tabIndex={0}
      aria-label={t('cloud.logLines')}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        isFollowing.current = scrollTop + clientHeight >= scrollHeight - 24
      }}
    >
      {lines.map((line, index) => (
        <li key={line.id ?? index} data-kind={kindOf(line.message)}>
          <time dateTime={line.at} title={momentText(line.at)}>
            {clock(line.at)}
          </time>
          <span>{line.message}</span>
        </li>
      ))}
    </ol>
  )
}

/** Lambda's own lines are told apart from what the code printed. */
function kindOf(message: string): 'platform' | 'error' | 'text' {
  if (/^(START|END|REPORT|INIT_START|EXTENSION)\b/.test(message)) return 'platform'
  return /\b(ERROR|FATAL|Exception|Error:|Task timed out)\b|"level":\s*"(error|fatal)"/.test(
    message,
  )
    ? 'error'
    : 'text'
}

function clock(at: string): string {
  const date = new Date(at)
  const two = (value: number) => String(value).padStart(2, '0')
  const isToday = date.toDateString() === new Date().toDateString()
  const day = isToday ? '' : `${two(date.getMonth() + 1)}-${two(date.getDate())} `
  return `${day}${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}
