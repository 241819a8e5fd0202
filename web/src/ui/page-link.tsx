import { type AnchorHTMLAttributes, type MouseEvent, type Ref, useEffect, useRef } from 'react'
import { useRouter } from '@tanstack/react-router'

interface Props extends AnchorHTMLAttributes<HTMLAnchorElement> {
  to: string
  ref?: Ref<HTMLAnchorElement>
}

/** A pointer on its way across a board means none of the cards it crosses. */
const INTENT_MS = 50

/**
 * A link to a page of ours where there are hundreds: the router's own works out its address, its state and what to
 * load ahead for each of them.
 */
export function PageLink({ to, ref, children, ...rest }: Props) {
  const router = useRouter()
  const waiting = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(waiting.current), [])
  const open = (event: MouseEvent) => {
    const isOwnTab = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey)
    if (!isOwnTab || event.altKey || event.defaultPrevented) return
    event.preventDefault()
    void router.navigate({ to })
  }
  return (
    <a
      ref={ref}
      href={to}
      onClick={open}
      onPointerEnter={() => {
        waiting.current = setTimeout(() => void router.preloadRoute({ to }), INTENT_MS)
      }}
      onPointerLeave={() => clearTimeout(waiting.current)}
      {...rest}
    >
      {children}
    </a>
  )
}
