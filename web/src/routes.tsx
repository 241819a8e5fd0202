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
const board = createRoute({
  getParentRoute: () => project,
  path: '/board',
  component: lazyRouteComponent(() => import('./plan/board-page.tsx'), 'BoardPage'),
})
const issues = createRoute({
  getParentRoute: () => project,
  path: '/issues',
  component: lazyRouteComponent(() => import('./plan/issues-page.tsx'), 'IssuesPage'),
})
const issue = createRoute({
  getParentRoute: () => project,
  path: '/issues/$issue',
  component: lazyRouteComponent(() => import('./plan/issue-page.tsx'), 'IssuePage'),
})
const code = createRoute({
  getParentRoute: () => project,
  path: '/code',
  component: lazyRouteComponent(() => import('./code/code-page.tsx'), 'CodePage'),
})
const repo = createRoute({
  getParentRoute: () => project,
  path: '/code/$repo',
  component: lazyRouteComponent(() => import('./code/tree-page.tsx'), 'TreePage'),
})
const treeAt = createRoute({
  getParentRoute: () => project,
  path: '/code/$repo/tree/$ref/$',
  component: lazyRouteComponent(() => import('./code/tree-page.tsx'), 'TreePage'),
})
const fileAt = createRoute({
  getParentRoute: () => project,
  path: '/code/$repo/file/$ref/$',
  component: lazyRouteComponent(() => import('./code/file-page.tsx'), 'FilePage'),
})
const commits = createRoute({
  getParentRoute: () => project,
  path: '/code/$repo/commits',
  component: lazyRouteComponent(() => import('./code/commits-page.tsx'), 'CommitsPage'),
})
const commitsAt = createRoute({
  getParentRoute: () => project,
  path: '/code/$repo/commits/$ref/$',
  component: lazyRouteComponent(() => import('./code/commits-page.tsx'), 'CommitsPage'),
})
const commit = createRoute({
  getParentRoute: () => project,
  path: '/code/$repo/commit/$sha',
  component: lazyRouteComponent(() => import('./code/commit-page.tsx'), 'CommitPage'),
})
const branches = createRoute({
  getParentRoute: () => project,
  path: '/code/$repo/branches',
  component: lazyRouteComponent(() => import('./code/branches-page.tsx'), 'BranchesPage'),
})
const pulls = createRoute({
  getParentRoute: () => project,
  path: '/code/$repo/pulls',
  component: lazyRouteComponent(() => import('./code/pulls-page.tsx'), 'PullsPage'),
})
const pullCreate = createRoute({
  getParentRoute: () => project,
  path: '/code/$repo/pulls/new',
  component: lazyRouteComponent(() => import('./code/pull-create-page.tsx'), 'PullCreatePage'),
})
const pull = createRoute({
  getParentRoute: () => project,
  path: '/code/$repo/pulls/$number',
  component: lazyRouteComponent(() => import('./code/pull-page.tsx'), 'PullPage'),
})
const pipelines = createRoute({
  getParentRoute: () => project,
  path: '/pipelines',
  component: lazyRouteComponent(() => import('./pipelines/pipelines-page.tsx'), 'PipelinesPage'),
})
const run = createRoute({
  getParentRoute: () => project,
  path: '/pipelines/$job/$number',
  component: lazyRouteComponent(() => import('./pipelines/run-page.tsx'), 'RunPage'),
})
const artifacts = createRoute({
  getParentRoute: () => project,
  path: '/artifacts',
  component: lazyRouteComponent(() => import('./registry/artifacts-page.tsx'), 'ArtifactsPage'),
})
const artifact = createRoute({
  getParentRoute: () => project,
  path: '/artifacts/$artifact',
  component: lazyRouteComponent(() => import('./registry/artifact-page.tsx'), 'ArtifactPage'),
})
const settings = createRoute({
  getParentRoute: () => project,
  path: '/settings',
  component: lazyRouteComponent(() => import('./project-settings-page.tsx'), 'ProjectSettingsPage'),
})

const inProject = [
  board,
  issues,
  issue,
  code,
  repo,
  treeAt,
  fileAt,
  commits,
  commitsAt,
  commit,
  branches,
  pulls,
  pullCreate,
  pull,
  pipelines,
  run,
  artifacts,
  artifact,
  settings,
]
const tree = root.addChildren([
  welcome,
  inside.addChildren([projects, tokens, people, audit, project.addChildren(inProject)]),
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
