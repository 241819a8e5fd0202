import type { ThreadItem } from '@madang/api'
import { useNavigate } from '@tanstack/react-router'
import { ExternalLink } from 'lucide-react'
import { titleText } from './item-words.ts'

/** A link to a thing of the thread: our own page, or the running app in a new tab. */
export function ItemLink({ item, className }: { item: ThreadItem; className?: string }) {
  const navigate = useNavigate()
  const { url } = item
  if (url === undefined) return <span className={className}>{titleText(item)}</span>
  if (!url.startsWith('/')) {
    return (
      <a className={className} href={url} target="_blank" rel="noreferrer">
        {titleText(item)} <ExternalLink size={13} />
      </a>
    )
  }
  return (
    <a
      className={className}
      href={url}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return
        event.preventDefault()
        void navigate({ to: url })
      }}
    >
      {titleText(item)}
    </a>
  )
}
