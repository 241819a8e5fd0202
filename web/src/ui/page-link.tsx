import type { AnchorHTMLAttributes, MouseEvent, Ref } from 'react'
import { useRouter } from '@tanstack/react-router'

interface Props extends AnchorHTMLAttributes<HTMLAnchorElement> {
  to: string
  ref?: Ref<HTMLAnchorElement>
}

/**
 * A link to a page of ours where there are hundreds: the router's own works out its address, its state and what to
 * load ahead for each of them.
 */
export function PageLink({ to, ref, children, ...rest }: Props) {
  const router = useRouter()
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
      onPointerEnter={() => void router.preloadRoute({ to })}
      {...rest}
    >
      {children}
    </a>
  )
}
