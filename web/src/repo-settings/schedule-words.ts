import { currentLanguage, t } from '../i18n/index.ts'

/** A plain schedule, as the form asks for it; anything else is a pattern. */
export type Rhythm =
  | { often: 'hour' }
  | { often: 'day'; hour: number }
  /** 1 is Sunday. */
  | { often: 'week'; hour: number; weekday: number }
  | { often: 'pattern'; pattern: string }

/** Seven fields, from seconds to years. */
export function cronOf(rhythm: Rhythm): string {
  switch (rhythm.often) {
    case 'hour':
      return '0 0 * * * ? *'
    case 'day':
      return `0 0 ${rhythm.hour} * * ? *`
    case 'week':
      return `0 0 ${rhythm.hour} ? * ${rhythm.weekday} *`
    case 'pattern':
      return rhythm.pattern.trim()
  }
}

export function rhythmOf(cron: string): Rhythm {
  const [, hour = '', weekday] = /^0 0 (\*|\d{1,2}) [*?] \* (\?|[1-7]) \*$/.exec(cron) ?? []
  if (hour === '*' && weekday === '?') return { often: 'hour' }
  if (hour === '*' || weekday === undefined) return { often: 'pattern', pattern: cron }
  if (weekday === '?') return { often: 'day', hour: Number(hour) }
  return { often: 'week', hour: Number(hour), weekday: Number(weekday) }
}

export const clockText = (hour: number): string => `${String(hour).padStart(2, '0')}:00`

// 2023-01-01 was a Sunday.
export const weekdayText = (weekday: number): string =>
  new Intl.DateTimeFormat(currentLanguage(), { weekday: 'long', timeZone: 'UTC' }).format(
    Date.UTC(2023, 0, weekday),
  )

/** A pattern in words where it is a plain one; otherwise as it stands. */
export function scheduleText(cron: string): string {
  const rhythm = rhythmOf(cron)
  switch (rhythm.often) {
    case 'hour':
      return t('setup.hourly')
    case 'day':
      return t('setup.daily', { hour: clockText(rhythm.hour) })
    case 'week': {
      const { weekday, hour } = rhythm
      return t('setup.weekly', { day: weekdayText(weekday), hour: clockText(hour) })
    }
    case 'pattern':
      return cron
  }
}
