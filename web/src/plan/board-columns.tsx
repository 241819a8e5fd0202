import { startTransition, useEffect, useRef, useState } from 'react'
import {
  type Board,
  type BoardColumn,
  type CallInput,
  type IssueCard,
  planEndpoints,
} from '@madang/api'
import { draggable, dropTargetForElements } from '@atlaskit/pragmatic-drag-and-drop/element/adapter'
import { combine } from '@atlaskit/pragmatic-drag-and-drop/combine'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Text, VisuallyHidden } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { MessageSquare } from 'lucide-react'
import { call } from '../api/call.ts'
import { queryKey } from '../api/client.ts'
import { t } from '../i18n/index.ts'
import { useAfterFirstPicture, whenIdle } from '../ui/idle.ts'
import { PageLink } from '../ui/page-link.tsx'
import classes from './board.module.css'
import { type Move, moveByKey, withMove } from './board-move.ts'
import { AssigneeMark, LabelMarks, PriorityMark, TypeMark } from './issue-marks.tsx'

interface Props {
  board: Board
  input: CallInput<typeof planEndpoints.board>
}

/** The columns; a move shows at once and is taken back when the server refuses it. */
export function BoardColumns({ board, input }: Props) {
  const client = useQueryClient()
  const [said, say] = useState('')
  const key = queryKey(planEndpoints.board, input)
  const move = useMutation({
    mutationFn: ({ key: issue, ...body }: Move) =>
      call(planEndpoints.issueMove, { params: { project: board.project, key: issue }, body }),
    onMutate: async (wanted) => {
      await client.cancelQueries({ queryKey: key })
      const before = client.getQueryData<Board>(key)
      client.setQueryData<Board>(key, (now) => now && withMove(now, wanted))
      say(t('plan.moved', { key: wanted.key, column: t(`plan.status_${wanted.status}`) }))
      return { before }
    },
    onError: (error, _wanted, kept) => {
      client.setQueryData(key, kept?.before)
      notifications.show({ color: 'red', message: error.message })
    },
    onSettled: () => client.invalidateQueries({ queryKey: [planEndpoints.board.path] }),
  })
  return (
    <div className={classes['board']}>
      {board.columns.map((column) => (
        <Column key={column.status} board={board} column={column} move={move.mutate} />
      ))}
      <VisuallyHidden aria-live="polite">{said}</VisuallyHidden>
    </div>
  )
}

/** About the height of a card with its margin. */
const CARD_PX = 88
const FIRST_CARD_PX = 280
const SHOWN_MORE = 4

/** How many of `count` to show: what fits the window at once, the rest when there is nothing else to do. */
function useGrowing(count: number): number {
  const [shown, setShown] = useState(() =>
    Math.max(3, Math.ceil((window.innerHeight - FIRST_CARD_PX) / CARD_PX)),
  )
  const isAfter = useAfterFirstPicture()
  useEffect(() => {
    if (!isAfter || shown >= count) return
    return whenIdle(() => startTransition(() => setShown(shown + SHOWN_MORE)))
  }, [isAfter, shown, count])
  return shown
}

interface ColumnProps {
  board: Board
  column: BoardColumn
  move: (move: Move) => void
}

function Column({ board, column, move }: ColumnProps) {
  const frame = useRef<HTMLElement>(null)
  const [isOver, setOver] = useState(false)
  useEffect(
    () =>
      dropTargetForElements({
        element: frame.current!,
        onDragEnter: () => setOver(true),
        onDragLeave: () => setOver(false),
        onDrop: ({ source, location }) => {
          setOver(false)
          // A card under the pointer has taken the drop already.
          if (location.current.dropTargets[0]?.element !== frame.current) return
          move({ key: String(source.data['key']), status: column.status })
        },
      }),
    [column.status, move],
  )
  const left = column.total - column.issues.length
  const shown = useGrowing(column.issues.length)
  return (
    <section ref={frame} className={classes['column']} data-over={isOver}>
      <h2 className={classes['head']} style={{ margin: 0 }}>
        {t(`plan.status_${column.status}`)}
        <span className="dim">{column.total}</span>
      </h2>
      {column.issues.slice(0, shown).map((card) => (
        <Card key={card.key} board={board} card={card} move={move} />
      ))}
      {column.issues.length === 0 && (
        <Text size="sm" className="dim" ta="center" py="lg">
          {t('plan.columnEmpty')}
        </Text>
      )}
      {left > 0 && (
        <Text size="xs" className="dim" ta="center" p="xs">
          {t('plan.moreInColumn', { count: left })}
        </Text>
      )}
    </section>
  )
}

function Card({
  board,
  card,
  move,
}: {
  board: Board
  card: IssueCard
  move: (move: Move) => void
}) {
  const element = useRef<HTMLAnchorElement>(null)
  const [isDragging, setDragging] = useState(false)
  const [edge, setEdge] = useState<'top' | 'bottom'>()
  const { key, status } = card
  useEffect(() => {
    const at = element.current!
    const edgeAt = (clientY: number) => {
      const box = at.getBoundingClientRect()
      return clientY < box.top + box.height / 2 ? 'top' : 'bottom'
    }
    return combine(
      draggable({
        element: at,
        getInitialData: () => ({ key }),
        onDragStart: () => setDragging(true),
        onDrop: () => setDragging(false),
      }),
      dropTargetForElements({
        element: at,
        canDrop: ({ source }) => source.data['key'] !== key,
        onDrag: ({ location }) => setEdge(edgeAt(location.current.input.clientY)),
        onDragLeave: () => setEdge(undefined),
        onDrop: ({ source, location }) => {
          const place = edgeAt(location.current.input.clientY) === 'top' ? 'before' : 'after'
          setEdge(undefined)
          move({ key: String(source.data['key']), status, [place]: key })
        },
      }),
    )
  }, [key, status, move])
  return (
    <PageLink
      ref={element}
      to={`/p/${board.project}/issues/${key}`}
      className={classes['card']}
      data-dragging={isDragging}
      data-edge={edge}
      onKeyDown={(event) => {
        const wanted = event.altKey ? moveByKey(board, card, event.key) : undefined
        if (!wanted) return
        event.preventDefault()
        move(wanted)
      }}
    >
      <CardBody card={card} />
    </PageLink>
  )
}

/** Of plain elements: a hundred cards of Mantine's took half a second. */
function CardBody({ card }: { card: IssueCard }) {
  return (
    <>
      <div className={classes['title']}>{card.title}</div>
      <LabelMarks labels={card.labels} />
      <div className={classes['marks']}>
        <TypeMark type={card.type} />
        <span className="dim mono grow">{card.key}</span>
        {card.comments > 0 && (
          <span className={`${classes['comments']} dim`}>
            <MessageSquare size={13} />
            {card.comments}
          </span>
        )}
        <PriorityMark priority={card.priority} />
        <AssigneeMark assignee={card.assignee} />
      </div>
    </>
  )
}
