import type { MonitorAlarm, ServiceHealth } from '@madang/api'

/** How many things ring, stay quiet, answer, or don't. */
export interface Watch {
  alarms: number
  ringing: number
  quiet: number
  up: number
  down: number
}

export function watchView(alarms: MonitorAlarm[], health: ServiceHealth[]): Watch {
  return {
    alarms: alarms.length,
    ringing: alarms.filter(({ state }) => state === 'ALARM').length,
    quiet: alarms.filter(({ state }) => state === 'OK').length,
    up: health.filter(({ state }) => state === 'up').length,
    down: health.filter(({ state }) => state === 'down').length,
  }
}
