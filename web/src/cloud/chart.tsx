import { useEffect, useMemo, useRef, useState } from 'react'
import { Text } from '@mantine/core'
import type uPlot from 'uplot'
import { t } from '../i18n/index.ts'
import classes from './chart.module.css'

export interface ChartLine {
  label: string
  points: { at: string; value: number }[]
  /** A colour of the theme. */
  colour?: string
}

interface Props {
  title: string
  lines: ChartLine[]
  /** How a value is written: `12 ms`. */
  format?: (value: number) => string
  height?: number
  /** A level to draw across: an alarm's threshold. */
  level?: number
}

const plain = (value: number) =>
  new Intl.NumberFormat('en', { maximumSignificantDigits: 4, notation: 'compact' }).format(value)

/** Values over time. The drawing library is loaded when the first chart is shown. */
export function Chart({ title, lines, format = plain, height = 150, level }: Props) {
  const frame = useRef<HTMLDivElement>(null)
  const [hovered, setHovered] = useState<number>()
  const data = useMemo(() => tableOf(lines, level), [lines, level])
  const isEmpty = lines.every(({ points }) => points.length === 0)
  useEffect(() => {
    if (isEmpty) return undefined
    let plot: uPlot | undefined
    let isGone = false
    const observer = new ResizeObserver(([entry]) => {
      plot?.setSize({ width: Math.floor(entry!.contentRect.width), height })
    })
    void drawInto(frame.current!, { data, lines, format, height, level, setHovered }).then(
      (made) => {
        if (isGone) return made.destroy()
        plot = made
        observer.observe(frame.current!)
      },
    )
    return () => {
      isGone = true
      observer.disconnect()
      plot?.destroy()
    }
    // `format` is a new function on every render, and the same by what it does.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [data, height, level, isEmpty])
  return (
    <figure className={classes['figure']}>
      <figcaption className={classes['caption']}>
        <Text component="span" size="sm" fw={600}>
          {title}
        </Text>
        <Text component="span" size="xs" className="dim">
          {isEmpty ? '' : summary(lines, data, hovered, format)}
        </Text>
      </figcaption>
      {isEmpty ? (
        <div className={classes['none']} style={{ height }}>
          {t('cloud.noData')}
        </div>
      ) : (
        <div ref={frame} style={{ minHeight: height }} />
      )}
    </figure>
  )
}

type Table = [number[], ...(number | null)[][]]

/** One row of moments, in seconds, and one of values for each line. */
function tableOf(lines: ChartLine[], level: number | undefined): Table {
  const seconds = (at: string) => new Date(at).getTime() / 1000
  const moments = [...new Set(lines.flatMap(({ points }) => points.map(({ at }) => seconds(at))))]
  moments.sort((a, b) => a - b)
  const rows = lines.map(({ points }) => {
    const values = new Map(points.map(({ at, value }) => [seconds(at), value]))
    return moments.map((at) => values.get(at) ?? null)
  })
  return level === undefined ? [moments, ...rows] : [moments, ...rows, moments.map(() => level)]
}

/** The moment under the pointer, else each line's last value. */
function summary(
  lines: ChartLine[],
  data: Table,
  hovered: number | undefined,
  format: (value: number) => string,
): string {
  const at = hovered ?? data[0].length - 1
  const words = lines.map(({ label }, index) => {
    const value = data[index + 1]?.[at]
    const text = value === null || value === undefined ? '–' : format(value)
    return lines.length === 1 ? text : `${label} ${text}`
  })
  return `${words.join(' · ')} · ${clockText(data[0][at] ?? 0, isOverDays(data))}`
}

interface Drawing {
  data: Table
  lines: ChartLine[]
  format: (value: number) => string
  height: number
  level: number | undefined
  setHovered: (index: number | undefined) => void
}

async function drawInto(element: HTMLElement, drawing: Drawing): Promise<uPlot> {
  const [{ default: UPlot }] = await Promise.all([
    import('uplot'),
    import('uplot/dist/uPlot.min.css'),
  ])
  const { data, lines, format, height, level, setHovered } = drawing
  const style = getComputedStyle(document.documentElement)
  const colour = (name: string) => style.getPropertyValue(`--mantine-color-${name}-filled`)
  const dim = style.getPropertyValue('--yard-dim')
  const grid = { stroke: style.getPropertyValue('--yard-line'), width: 1 }
  const axis = { stroke: dim, grid, ticks: { show: false }, font: '11px sans-serif' }
  const isLong = isOverDays(data)
  const isSparse = data[0].length < 40
  const series = lines.map((line) => ({
    label: line.label,
    stroke: colour(line.colour ?? 'celadon'),
    fill: lines.length === 1 ? `${colour(line.colour ?? 'celadon')}22` : undefined,
    width: 1.75,
    spanGaps: isSparse,
    points: { show: isSparse, size: 5 },
  }))
  const mark = { stroke: colour('red'), dash: [5, 4], width: 1.25, points: { show: false } }
  return new UPlot(
    {
      width: Math.max(element.clientWidth, 120),
      height,
      legend: { show: false },
      cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
      scales: { y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.1 : 1] } },
      axes: [
        {
          ...axis,
          size: 26,
          space: 48,
          incrs: timeSteps,
          values: (_plot, moments) => moments.map((at) => clockText(at, isLong)),
        },
        { ...axis, size: 52, space: 34, values: (_plot, values) => values.map(format) },
      ],
      series: [{}, ...series, ...(level === undefined ? [] : [mark])],
      hooks: { setCursor: [(plot) => setHovered(plot.cursor.idx ?? undefined)] },
    },
    data,
    element,
  )
}

// Metrics are kept by the minute; a finer tick would show the same minute twice.
const timeSteps = [60, 120, 300, 600, 900, 1800, 3600, 10_800, 21_600, 43_200, 86_400]

const isOverDays = ([moments]: Table) => (moments.at(-1) ?? 0) - (moments[0] ?? 0) > 86_400

function clockText(seconds: number, hasDay: boolean): string {
  const date = new Date(seconds * 1000)
  const two = (value: number) => String(value).padStart(2, '0')
  const day = hasDay ? `${date.getMonth() + 1}/${date.getDate()} ` : ''
  return `${day}${two(date.getHours())}:${two(date.getMinutes())}`
}
