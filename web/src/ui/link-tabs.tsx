import { type ReactNode, useEffect, useRef } from 'react'
import { Link, useLocation } from '@tanstack/react-router'
import classes from './link-tabs.module.css'

export interface LinkTab {
  to: string
  name: string
  /** Pages below it belong to another tab. */
  isExact?: boolean
}

/** Pages that belong together, as a row of links; on a phone it scrolls sideways. */
export function LinkTabs({ label, tabs }: { label: string; tabs: LinkTab[] }) {
  return (
    <nav className={classes['tabs']} aria-label={label}>
      {tabs.map((tab) => (
        <TabLink key={tab.to} {...tab} />
      ))}
    </nav>
  )
}

function TabLink({ to, name, isExact }: LinkTab) {
  const { pathname } = useLocation()
  const isActive = pathname === to || (!isExact && pathname.startsWith(`${to}/`))
  const link = useRef<HTMLAnchorElement>(null)
  useEffect(() => {
    // On a phone the row is wider than the page; where one is should be seen.
    const row = link.current?.parentElement
    if (isActive && row) row.scrollLeft = link.current!.offsetLeft - row.clientWidth / 3
  }, [isActive])
  return (
    <Link ref={link} to={to} data-active={isActive} aria-current={isActive ? 'page' : undefined}>
      {name}
    </Link>
  )
}

/** The way back up: `S3 / site / css`. */
export function Trail({ to, name, children }: { to: string; name: string; children: ReactNode }) {
  return (
    <>
      <Link to={to} className="dim" style={{ textDecorationThickness: 1 }}>
        {name}
      </Link>
      <span className="dim"> / </span>
      {children}
    </>
  )
}
