import { Tooltip } from '@mantine/core'
import { currentLanguage, t } from '../i18n/index.ts'

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600_000],
  ['month', 2_629_800_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
]

/** "3 minutes ago" in the reader's language. */
export function agoText(iso: string, now = Date.now()): string {
  const distance = new Date(iso).getTime() - now
  const [unit, size] = steps.find(([, size]) => Math.abs(distance) >= size) ?? ['second', 1000]
  const format = new Intl.RelativeTimeFormat(currentLanguage(), { numeric: 'auto' })
  return format.format(Math.trunc(distance / size), unit)
}

/** The moment in full, in the reader's time zone. */
export function momentText(iso: string): string {
  const format = new Intl.DateTimeFormat(currentLanguage(), {
    dateStyle: 'medium',
    timeStyle: 'medium',
  })
  return format.format(new Date(iso))
}

/** The day alone, in the reader's language. */
export function dayText(iso: string): string {
  const format = new Intl.DateTimeFormat(currentLanguage(), { dateStyle: 'medium' })
  return format.format(new Date(iso))
}

export function Ago({ at }: { at: string }) {
  return (
    <Tooltip label={momentText(at)}>
      <time dateTime={at} style={{ whiteSpace: 'nowrap' }}>
        {agoText(at)}
      </time>
    </Tooltip>
  )
}

/** A length of time in at most two units. */
export function durationText(ms: number): string {
  if (ms < 60_000) {
    const digits = ms < 10_000 ? 1 : 0
    return t('ui.secondsShort', { n: (ms / 1000).toFixed(digits) })
  }
  const minutes = Math.round(ms / 60_000)
  if (minutes < 60) return t('ui.minutesShort', { n: minutes })
  return t('ui.hoursShort', { n: (ms / 3_600_000).toFixed(1) })
}

/** 1,536 → "1.5 KB". */
export function bytesText(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1)
  const value = bytes / 1024 ** power
  return `${power === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[power]}`
}
