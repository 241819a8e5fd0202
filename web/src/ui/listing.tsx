import type { ComponentProps, ReactNode } from 'react'
import { Button } from '@mantine/core'
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
  empty: ComponentProps<typeof Empty>
  children: (item: T) => ReactNode
}) {
  const { query, items } = props
  const { hasNextPage = false, isFetchingNextPage = false, fetchNextPage = nothing } = query
  return (
    <>
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
export function NewButton({ label, begin }: { label: string; begin: () => void }) {
  return (
    <Button leftSection={<Plus size={16} />} onClick={begin}>
      {label}
    </Button>
  )
}
