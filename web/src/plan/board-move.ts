import type { Board, IssueCard, IssueStatus } from '@madang/api'

/** Where a card goes: a column, and the card it is put before or after. */
export interface Move {
  key: string
  status: IssueStatus
  before?: string
  after?: string
}

/** The board as it will look once the server has made the move. */
export function withMove(board: Board, move: Move): Board {
  const card = board.columns.flatMap((column) => column.issues).find(({ key }) => key === move.key)
  if (!card) return board
  const columns = board.columns.map((column) => {
    const had = column.issues.some(({ key }) => key === move.key)
    const rest = column.issues.filter(({ key }) => key !== move.key)
    const gets = column.status === move.status
    return {
      ...column,
      total: column.total + Number(gets) - Number(had),
      issues: gets ? placed(rest, { ...card, status: move.status }, move) : rest,
    }
  })
  return { ...board, columns }
}

function placed(cards: IssueCard[], card: IssueCard, { before, after }: Move): IssueCard[] {
  const next = before ? cards.findIndex(({ key }) => key === before) : -1
  const previous = after ? cards.findIndex(({ key }) => key === after) : -1
  const at = next >= 0 ? next : previous >= 0 ? previous + 1 : cards.length
  return cards.toSpliced(at, 0, card)
}

const steps = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: -1, ArrowRight: 1 } as const

/** The move that Alt and an arrow key mean for a card; undefined at the edge. */
export function moveByKey(board: Board, card: IssueCard, arrow: string): Move | undefined {
  if (!(arrow in steps)) return undefined
  const step = steps[arrow as keyof typeof steps]
  const columnIndex = board.columns.findIndex((column) => column.status === card.status)
  if (arrow === 'ArrowLeft' || arrow === 'ArrowRight') {
    const column = board.columns[columnIndex + step]
    if (!column) return undefined
    const first = column.issues[0]
    return { key: card.key, status: column.status, ...(first ? { before: first.key } : {}) }
  }
  const cards = board.columns[columnIndex]!.issues
  const other = cards[cards.findIndex(({ key }) => key === card.key) + step]
  if (!other) return undefined
  const place = step < 0 ? { before: other.key } : { after: other.key }
  return { key: card.key, status: card.status, ...place }
}
