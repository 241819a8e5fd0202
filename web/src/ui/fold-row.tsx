import { type ReactNode, useState } from 'react'
import { Text } from '@mantine/core'
import { ChevronDown, ChevronRight } from 'lucide-react'

/** A row that opens: what it is about, a line below that, what stands at its end, and what it holds. */
export function FoldRow(props: {
  title: ReactNode
  note: ReactNode
  end: ReactNode
  /** Drawn when it is open. */
  children: () => ReactNode
}) {
  const [isOpen, setOpen] = useState(false)
  const Icon = isOpen ? ChevronDown : ChevronRight
  return (
    <div>
      <button
        type="button"
        className="row is-link as-row"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <Icon size={16} style={{ flex: 'none' }} aria-hidden />
        <span className="grow">
          <Text fw={600} className="ellipsis">
            {props.title}
          </Text>
          <Text size="sm" className="dim ellipsis">
            {props.note}
          </Text>
        </span>
        {props.end}
      </button>
      {isOpen && <div style={{ padding: '4px 14px 14px 42px' }}>{props.children()}</div>}
    </div>
  )
}
