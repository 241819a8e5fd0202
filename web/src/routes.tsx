import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
} from '@tanstack/react-router'
import { planEndpoints } from '@madang/api'
import { askAhead } from './api/client.ts'
import { storeRoutes } from './cloud/store-routes.ts'
import { questionOf } from './code-search/question.ts'
import { SignedIn } from './identity/signed-in.tsx'
import { NotFound } from './ui/not-found.tsx'
import { Failure } from './ui/states.tsx'
import { Shell } from './ui/shell.tsx'

// The tree of pages, in the order of the loop. Each page is loaded when it is first opened.
const root = createRootRoute({
  component: Outlet,
  notFoundComponent: () => (
    <main>
      <NotFound />
    </main>
  ),
})

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
const sshKeys = createRoute({
  getParentRoute: () => inside,
  path: '/settings/keys',
  component: lazyRouteComponent(() => import('./repo-settings/ssh-keys-page.tsx'), 'SshKeysPage'),
})
const gpgKeys = createRoute({
  getParentRoute: () => inside,
  path: '/settings/gpg-keys',
  component: lazyRouteComponent(() => import('./repo-settings/gpg-keys-page.tsx'), 'GpgKeysPage'),
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

const agents = createRoute({
  getParentRoute: () => inside,
  path: '/admin/agents',
  component: lazyRouteComponent(() => import('./agents/agents-page.tsx'), 'AgentsPage'),
})

const mail = createRoute({
  getParentRoute: () => inside,
  path: '/admin/mail',
  component: lazyRouteComponent(() => import('./mail/mail-pages.tsx'), 'MailPage'),
})

const project = createRoute({ getParentRoute: () => inside, path: '/p/$project' })
const overview = createRoute({
  getParentRoute: () => project,
  path: '/',
  component: lazyRouteComponent(() => import('./overview/overview-page.tsx'), 'OverviewPage'),
})
const board = createRoute({
  getParentRoute: () => project,
  path: '/board',
  loader: ({ params: { project } }) =>
    askAhead(planEndpoints.board, { params: { project }, query: {} }),
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
  loader: ({ params: { project, issue: key } }) =>
    askAhead(planEndpoints.issueGet, { params: { project, key } }),
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
const codeImport = createRoute({
  getParentRoute: () => project,
  path: '/code/import',
  component: lazyRouteComponent(() => import('./code-import/import-page.tsx'), 'ImportPage'),
})
const codeSearch = createRoute({
  getParentRoute: () => project,
  path: '/code/search',
  validateSearch: questionOf,
  component: lazyRouteComponent(() => import('./code-search/search-page.tsx'), 'CodeSearchPage'),
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
const blameAt = createRoute({
  getParentRoute: () => project,
  path: '/code/$repo/blame/$ref/$',
  component: lazyRouteComponent(() => import('./code/file-page.tsx'), 'BlamePage'),
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
const repoSettings = createRoute({
  getParentRoute: () => project,
  path: '/code/$repo/settings',
  component: lazyRouteComponent(
    () => import('./repo-settings/settings-page.tsx'),
    'RepoSettingsPage',
  ),
})
const hook = createRoute({
  getParentRoute: () => project,
  path: '/code/$repo/settings/hooks/$hook',
  component: lazyRouteComponent(() => import('./repo-settings/hook-page.tsx'), 'HookPage'),
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
const mergeQueue = createRoute({
  getParentRoute: () => project,
  path: '/code/$repo/pulls/queue',
  component: lazyRouteComponent(() => import('./code/queue-page.tsx'), 'QueuePage'),
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
const images = createRoute({
  getParentRoute: () => project,
  path: '/images',
  component: lazyRouteComponent(() => import('./registry/images-page.tsx'), 'ImagesPage'),
})
const imageTags = createRoute({
  getParentRoute: () => project,
  path: '/images/$image',
  component: lazyRouteComponent(() => import('./registry/image-tags-page.tsx'), 'ImageTagsPage'),
})
const image = createRoute({
  getParentRoute: () => project,
  path: '/images/$image/$reference',
  component: lazyRouteComponent(() => import('./registry/image-page.tsx'), 'ImagePage'),
})
const packages = createRoute({
  getParentRoute: () => project,
  path: '/packages',
  component: lazyRouteComponent(() => import('./registry/packages-page.tsx'), 'PackagesPage'),
})
const releases = createRoute({
  getParentRoute: () => project,
  path: '/releases',
  component: lazyRouteComponent(() => import('./releases/releases-page.tsx'), 'ReleasesPage'),
})
const environment = createRoute({
  getParentRoute: () => project,
  path: '/releases/$environment',
  component: lazyRouteComponent(() => import('./releases/environment-page.tsx'), 'EnvironmentPage'),
})
const monitor = createRoute({
  getParentRoute: () => project,
  path: '/monitor',
  component: lazyRouteComponent(() => import('./monitor/monitor-page.tsx'), 'MonitorPage'),
})
const settings = createRoute({
  getParentRoute: () => project,
  path: '/settings',
  component: lazyRouteComponent(() => import('./project-settings-page.tsx'), 'ProjectSettingsPage'),
})

const projectMail = createRoute({
  getParentRoute: () => project,
  path: '/mail',
  component: lazyRouteComponent(() => import('./mail/mail-pages.tsx'), 'ProjectMailPage'),
})

const cloud = createRoute({
  getParentRoute: () => inside,
  path: '/cloud',
  component: lazyRouteComponent(() => import('./cloud/overview-page.tsx'), 'CloudOverviewPage'),
})
const s3 = createRoute({
  getParentRoute: () => inside,
  path: '/cloud/s3',
  component: lazyRouteComponent(() => import('./cloud/s3-page.tsx'), 'S3Page'),
})
const bucket = createRoute({
  getParentRoute: () => inside,
  path: '/cloud/s3/$bucket',
  component: lazyRouteComponent(() => import('./cloud/bucket-page.tsx'), 'BucketPage'),
})
const prefix = createRoute({
  getParentRoute: () => inside,
  path: '/cloud/s3/$bucket/$',
  component: lazyRouteComponent(() => import('./cloud/bucket-page.tsx'), 'BucketPage'),
})
const lambda = createRoute({
  getParentRoute: () => inside,
  path: '/cloud/lambda',
  component: lazyRouteComponent(() => import('./cloud/lambda-page.tsx'), 'LambdaPage'),
})
const lambdaFunction = createRoute({
  getParentRoute: () => inside,
  path: '/cloud/lambda/$function',
  component: lazyRouteComponent(() => import('./cloud/function-page.tsx'), 'FunctionPage'),
})
const logs = createRoute({
  getParentRoute: () => inside,
  path: '/cloud/logs',
  component: lazyRouteComponent(() => import('./cloud/logs-page.tsx'), 'LogsPage'),
})
const logGroup = createRoute({
  getParentRoute: () => inside,
  path: '/cloud/logs/$group',
  component: lazyRouteComponent(() => import('./cloud/log-group-page.tsx'), 'LogGroupPage'),
})
const cloudWatch = createRoute({
  getParentRoute: () => inside,
  path: '/cloud/cloudwatch',
  component: lazyRouteComponent(() => import('./cloud/cloudwatch-page.tsx'), 'CloudWatchPage'),
})
const alarm = createRoute({
  getParentRoute: () => inside,
  path: '/cloud/cloudwatch/$alarm',
  component: lazyRouteComponent(() => import('./cloud/alarm-page.tsx'), 'AlarmPage'),
})
const stacks = createRoute({
  getParentRoute: () => inside,
  path: '/cloud/cloudformation',
  component: lazyRouteComponent(() => import('./cloud/stacks-page.tsx'), 'StacksPage'),
})
const stack = createRoute({
  getParentRoute: () => inside,
  path: '/cloud/cloudformation/$stack',
  component: lazyRouteComponent(() => import('./cloud/stack-page.tsx'), 'StackPage'),
})
const tables = createRoute({
  getParentRoute: () => inside,
  path: '/cloud/dynamodb',
  component: lazyRouteComponent(() => import('./cloud/dynamodb-page.tsx'), 'DynamoDbPage'),
})
const table = createRoute({
  getParentRoute: () => inside,
  path: '/cloud/dynamodb/$table',
  component: lazyRouteComponent(() => import('./cloud/table-page.tsx'), 'TablePage'),
})
const queues = createRoute({
  getParentRoute: () => inside,
  path: '/cloud/sqs',
  component: lazyRouteComponent(() => import('./cloud/sqs-page.tsx'), 'SqsPage'),
})
const queue = createRoute({
  getParentRoute: () => inside,
  path: '/cloud/sqs/$queue',
  component: lazyRouteComponent(() => import('./cloud/queue-page.tsx'), 'QueuePage'),
})
const topics = createRoute({
  getParentRoute: () => inside,
  path: '/cloud/sns',
  component: lazyRouteComponent(() => import('./cloud/sns-page.tsx'), 'SnsPage'),
})
const topic = createRoute({
  getParentRoute: () => inside,
  path: '/cloud/sns/$topic',
  component: lazyRouteComponent(() => import('./cloud/topic-page.tsx'), 'TopicPage'),
})
const eventBuses = createRoute({
  getParentRoute: () => inside,
  path: '/cloud/events',
  component: lazyRouteComponent(() => import('./cloud/events-page.tsx'), 'EventsPage'),
})
const kmsKeys = createRoute({
  getParentRoute: () => inside,
  path: '/cloud/kms',
  component: lazyRouteComponent(() => import('./cloud/kms-page.tsx'), 'KmsPage'),
})
const kmsKey = createRoute({
  getParentRoute: () => inside,
  path: '/cloud/kms/$key',
  component: lazyRouteComponent(() => import('./cloud/kms-key-page.tsx'), 'KmsKeyPage'),
})
const streams = createRoute({
  getParentRoute: () => inside,
  path: '/cloud/kinesis',
  component: lazyRouteComponent(() => import('./cloud/kinesis-page.tsx'), 'KinesisPage'),
})
const stream = createRoute({
  getParentRoute: () => inside,
  path: '/cloud/kinesis/$stream',
  component: lazyRouteComponent(() => import('./cloud/stream-page.tsx'), 'StreamPage'),
})
const iam = createRoute({
  getParentRoute: () => inside,
  path: '/cloud/iam',
  validateSearch: (given): { principal?: string; action?: string; resource?: string } => ({
    ...(typeof given['principal'] === 'string' ? { principal: given['principal'] } : {}),
    ...(typeof given['action'] === 'string' ? { action: given['action'] } : {}),
    ...(typeof given['resource'] === 'string' ? { resource: given['resource'] } : {}),
  }),
  component: lazyRouteComponent(() => import('./cloud/iam-page.tsx'), 'IamPage'),
})
const policy = createRoute({
  getParentRoute: () => inside,
  path: '/cloud/iam/policy/$policy',
  component: lazyRouteComponent(() => import('./cloud/identity-page.tsx'), 'PolicyPage'),
})
const identity = createRoute({
  getParentRoute: () => inside,
  path: '/cloud/iam/$kind/$name',
  component: lazyRouteComponent(() => import('./cloud/identity-page.tsx'), 'IdentityPage'),
})

const inCloud = [
  cloud,
  s3,
  bucket,
  prefix,
  lambda,
  lambdaFunction,
  logs,
  logGroup,
  cloudWatch,
  alarm,
  stacks,
  stack,
  tables,
  table,
  queues,
  queue,
  topics,
  topic,
  eventBuses,
  kmsKeys,
  kmsKey,
  ...storeRoutes(inside),
  streams,
  stream,
  iam,
  policy,
  identity,
]
const inProject = [
  overview,
  board,
  issues,
  issue,
  code,
  codeImport,
  codeSearch,
  repo,
  treeAt,
  fileAt,
  blameAt,
  commits,
  commitsAt,
  commit,
  branches,
  repoSettings,
  hook,
  pulls,
  pullCreate,
  mergeQueue,
  pull,
  pipelines,
  run,
  artifacts,
  artifact,
  images,
  imageTags,
  image,
  packages,
  releases,
  environment,
  monitor,
  settings,
  projectMail,
]
const tree = root.addChildren([
  welcome,
  inside.addChildren([
    projects,
    tokens,
    sshKeys,
    gpgKeys,
    people,
    agents,
    audit,
    mail,
    ...inCloud,
    project.addChildren(inProject),
  ]),
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
