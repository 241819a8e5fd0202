import type { ComponentProps, ReactNode } from 'react'
import { Button, Text } from '@mantine/core'
import { Plus } from 'lucide-react'
import { MoreButton } from './pieces.tsx'
import { Empty, Failure, Waiting } from './states.tsx'

/** What asks for a list, at once or page by page. */
interface Asked {
  error: Error | null
  refetch: () => unknown
  hasNextPage?: boolean
  isFetchingNextPage?: boolean
  fetchNextPage?: () => unknown
}

/**
 * A list as one card: grey lines until it is there, why it isn't, what to do while it is empty, a row
 * each, and the way to more of them.
 */
export function Listing<T>(props: {
  query: Asked
  items: readonly T[] | undefined
  /** What the list is about, where no head of a page says it. */
  note?: string
  empty: ComponentProps<typeof Empty>
  children: (item: T) => ReactNode
}) {
  const { query, items } = props
  const { hasNextPage = false, isFetchingNextPage = false, fetchNextPage = nothing } = query
  return (
    <>
      {props.note && (
        <Text size="sm" className="dim" mb={8}>
          {props.note}
        </Text>
      )}
      {query.error && <Failure error={query.error} retry={() => void query.refetch()} />}
      {!items && !query.error && <Waiting lines={3} />}
      {items?.length === 0 && (
        <div className="card">
          <Empty {...props.empty} />
        </div>
      )}
      {items && items.length > 0 && (
        <div className="card rows">{items.map((item) => props.children(item))}</div>
      )}
      <MoreButton query={{ hasNextPage, isFetchingNextPage, fetchNextPage }} />
    </>
  )
}

const nothing = () => undefined

/** Begins what makes one more of what a page lists. */
export function NewButton(props: {
  label: string
  begin: () => void
  /** One of several lists on a page: none of them is what the page is for. */
  isSecondary?: boolean
}) {
  const { label, begin, isSecondary = false } = props
  return (
    <Button
      variant={isSecondary ? 'default' : 'filled'}
      leftSection={<Plus size={16} />}
      onClick={begin}
    >
      {label}
    </Button>
  )
}
