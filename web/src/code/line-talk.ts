import type { ReactNode } from 'react'

/** A line one can talk about. */
export interface LinePlace {
  path: string
  line: number
  side: 'old' | 'new'
}

export interface LineTalk {
  /** What is said below a line, as rows of so many columns. */
  below: (place: LinePlace, columns: number) => ReactNode
  begin: (place: LinePlace) => void
}
