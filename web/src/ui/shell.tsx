import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { Link, Outlet, useLocation } from '@tanstack/react-router'
import { useHotkeys } from '@mantine/hooks'
import {
  Boxes,
  Cloud,
  FolderGit2,
  Gauge,
  House,
  LayoutGrid,
  type LucideIcon,
  Package,
  Rocket,
  Search,
  Settings,
  ShieldCheck,
  Workflow,
} from 'lucide-react'
import { useMe } from '../identity/me.tsx'
import { type MessageKey } from '../i18n/resources.ts'
import { t } from '../i18n/index.ts'
import { Account } from './account-button.tsx'
import { useCurrentProject } from './current-project.ts'
import { useAfterFirstPicture } from './idle.ts'
import { PageLink } from './page-link.tsx'
import { ProjectSwitcher } from './project-switcher.tsx'
import classes from './shell.module.css'

const Palette = lazy(async () => ({ default: (await import('./palette.tsx')).Palette }))

interface Item {
  to: string
  label: MessageKey
  icon: LucideIcon
  exact?: boolean
}

/** The loop, in its order. */
function projectItems(project: string): Item[] {
  const base = `/p/${project}`
  return [
    { to: base, label: 'ui.overview', icon: House, exact: true },
    { to: `${base}/board`, label: 'ui.plan', icon: LayoutGrid },
    { to: `${base}/code`, label: 'ui.code', icon: FolderGit2 },
    { to: `${base}/pipelines`, label: 'ui.pipelines', icon: Workflow },
    { to: `${base}/artifacts`, label: 'ui.packages', icon: Package },
    { to: `${base}/releases`, label: 'ui.releases', icon: Rocket },
    { to: `${base}/monitor`, label: 'ui.monitor', icon: Gauge },
    { to: `${base}/settings`, label: 'ui.settings', icon: Settings },
  ]
}

const cloudItem: Item = { to: '/cloud', label: 'ui.cloud', icon: Cloud }
const projectsItem: Item = { to: '/', label: 'ui.projects', icon: Boxes, exact: true }
const adminItem: Item = { to: '/admin', label: 'ui.administration', icon: ShieldCheck }

export function Shell() {
  const [isSearching, setSearching] = useState(false)
  const isAfter = useAfterFirstPicture()
  const current = useCurrentProject()
  const { pathname } = useLocation()
  // The cloud is a stage of the loop; the list of projects, tokens and people are beside it.
  const project = isInLoop(pathname) ? current : undefined
  const me = useMe()
  useHotkeys([
    ['mod+K', () => setSearching(true)],
    ['/', () => setSearching(true)],
  ])
  const items = project ? projectItems(project) : []
  const asLink = (item: Item) => <RailLink key={item.to} item={item} pathname={pathname} />
  return (
    <div className={classes['frame']}>
      <a className={classes['skip']} href="#content">
        {t('ui.skipToContent')}
      </a>
      <header className={classes['top']}>
        <Link to="/" className={classes['brand']} aria-label={t('ui.appName')}>
          <img src="/icon.svg" width={26} height={26} alt="" />
          <span>{t('ui.appName')}</span>
        </Link>
        <button
          type="button"
          className={classes['search']}
          onClick={() => setSearching(true)}
          aria-label={t('ui.search')}
        >
          <Search size={16} />
          <span>{t('ui.search')}</span>
          <kbd aria-hidden>⌘K</kbd>
        </button>
        <Account person={me} />
      </header>
      <nav className={classes['rail']} aria-label={t('ui.appName')}>
        <ProjectSwitcher project={project} />
        {items.slice(0, 6).map(asLink)}
        {!project && asLink(projectsItem)}
        {asLink(cloudItem)}
        {items.slice(6).map(asLink)}
        {me.isAdministrator && asLink(adminItem)}
      </nav>
      <main id="content" className={classes['main']}>
        <Outlet />
      </main>
      {/* Anew with its items, so that it scrolls to the one that is open. */}
      <nav key={project} className={classes['tabs']} aria-label={t('ui.appName')}>
        {tabItems(items, me.isAdministrator).map(asLink)}
      </nav>
      {(isAfter || isSearching) && (
        <Suspense>
          <Palette isOpen={isSearching} close={() => setSearching(false)} />
        </Suspense>
      )}
    </div>
  )
}

const isInLoop = (pathname: string) => /^\/(p|cloud)(\/|$)/.test(pathname)

/** On a phone the same items stand in a row that scrolls sideways. */
function tabItems(items: Item[], isAdministrator: boolean): Item[] {
  const last = isAdministrator ? [adminItem] : []
  return [projectsItem, ...items.slice(0, 6), cloudItem, ...items.slice(6), ...last]
}

/** The row of tabs stands there from this width down. */
const narrow = matchMedia('(max-width: 760px)')

/** Two dozen of them stand in the frame of every page, hence no link of the router's, which asks it seven things. */
function RailLink({ item, pathname }: { item: Item; pathname: string }) {
  const isActive = item.exact ? pathname === item.to : belongs(pathname, item.to)
  const element = useRef<HTMLAnchorElement>(null)
  useEffect(() => {
    // On a phone the row of tabs is wider than the screen. Anywhere else this would only measure the page.
    if (isActive && narrow.matches) {
      element.current?.scrollIntoView({ block: 'nearest', inline: 'center' })
    }
  }, [isActive])
  return (
    <PageLink
      ref={element}
      to={item.to}
      className={classes['item']}
      data-active={isActive}
      aria-current={isActive ? 'page' : undefined}
    >
      <item.icon size={18} strokeWidth={1.9} />
      {t(item.label)}
    </PageLink>
  )
}

/** Pages of one item that lie beside its own: an issue belongs to the plan, an image to the packages. */
const beside: Record<string, string[]> = {
  board: ['issues'],
  artifacts: ['images', 'packages'],
  settings: ['mail'],
}

function belongs(pathname: string, to: string): boolean {
  const cut = to.lastIndexOf('/') + 1
  const others = beside[to.slice(cut)] ?? []
  const bases = [to, ...others.map((name) => to.slice(0, cut) + name)]
  return bases.some((base) => pathname === base || pathname.startsWith(base + '/'))
}
