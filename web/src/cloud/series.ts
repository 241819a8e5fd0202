import { cloudConsoleEndpoints as api } from '@madang/api'
import { useEndpoint } from '../api/hooks.ts'

export interface SeriesOf {
  namespace: string
  name: string
  dimensions: Record<string, string>
  stat: string
  minutes: number
}

const REFRESH_MS = 15_000
const none: { at: string; value: number }[] = []

/** The values of one metric up to now, asked for again and again. */
export function useSeries({ dimensions, ...rest }: SeriesOf) {
  const query = { ...rest, dimensions: JSON.stringify(dimensions) }
  const { data } = useEndpoint(api.cloudSeriesGet, { query }, { refetchMs: REFRESH_MS })
  return data?.points ?? none
}
