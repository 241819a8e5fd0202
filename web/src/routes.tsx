import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
} from '@tanstack/react-router'
import { SignedIn } from './identity/signed-in.tsx'
import { NotFound } from './ui/not-found.tsx'
import { Failure } from './ui/states.tsx'
import { Shell } from './ui/shell.tsx'

// The tree of pages, in the order of the loop. Each page is loaded when it is first opened.
const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound })

const welcome = createRoute({
  getParentRoute: () => root,
  path: '/welcome',
  component: lazyRouteComponent(() => import('./identity/welcome-page.tsx'), 'WelcomePage'),
})

const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  component: () => (
    <SignedIn>
      <Shell />
    </SignedIn>
  ),
})

const projects = createRoute({
  getParentRoute: () => inside,
  path: '/',
  component: lazyRouteComponent(() => import('./identity/projects-page.tsx'), 'ProjectsPage'),
})
const tokens = createRoute({
  getParentRoute: () => inside,
  path: '/settings/tokens',
  component: lazyRouteComponent(() => import('./identity/tokens-page.tsx'), 'TokensPage'),
})
const people = createRoute({
  getParentRoute: () => inside,
  path: '/admin',
  component: lazyRouteComponent(() => import('./identity/people-page.tsx'), 'PeoplePage'),
})
const audit = createRoute({
  getParentRoute: () => inside,
  path: '/admin/audit',
  component: lazyRouteComponent(() => import('./identity/audit-page.tsx'), 'AuditPage'),
})

const project = createRoute({ getParentRoute: () => inside, path: '/p/$project' })
const settings = createRoute({
  getParentRoute: () => project,
  path: '/settings',
  component: lazyRouteComponent(() => import('./identity/settings-page.tsx'), 'SettingsPage'),
})

const tree = root.addChildren([
  welcome,
  inside.addChildren([projects, tokens, people, audit, project.addChildren([settings])]),
])

export const router = createRouter({
  routeTree: tree,
  defaultPreload: 'intent',
  defaultErrorComponent: ({ error, reset }) => <Failure error={error as Error} retry={reset} />,
  defaultNotFoundComponent: NotFound,
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
