import { type Infer, z } from './schema.ts'

const moment = z.iso.datetime()

/** Names of repositories: in addresses and on disk listings, so plain and short. */
export const repoName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/, 'lower case letters, digits, and . _ - inside')
  .refine((name) => !name.endsWith('.git') && !name.includes('..'), 'not .git at the end, no ..')
  .refine((name) => name !== 'search', 'not search: that is the address of code search')

export const repo = z.object({
  id: z.string(),
  project: z.string(),
  /** What it is called now, in addresses. */
  name: z.string(),
  /** What it was made as: the thread, jobs and images know it by that, whatever it is renamed to. */
  madeAs: z.string(),
  description: z.string(),
  defaultBranch: z.string(),
  /** The default branch changes only by pull requests (and pushes of maintainers). */
  isProtected: z.boolean(),
  requirePassing: z.boolean(),
  requiredApprovals: z.number(),
  isEmpty: z.boolean(),
  cloneUrl: z.string(),
  createdAt: moment,
})
export type Repo = Infer<typeof repo>

const signature = z.object({ name: z.string(), email: z.string(), at: moment })

export const commitStatus = z.object({
  key: z.string().min(1).max(100),
  state: z.enum(['pending', 'success', 'failure', 'error']),
  description: z.string().max(500).default(''),
  url: z.string().max(2000).default(''),
  updatedAt: moment,
})
export type CommitStatus = Infer<typeof commitStatus>

/** What the signature of a commit is worth here. */
export const commitSignature = z.object({
  state: z.enum(['verified', 'unverified']),
  kind: z.enum(['ssh', 'gpg', 'x509']),
  /** Why it is not verified. */
  reason: z.enum(['unknownKey', 'badSignature', 'notForCommits', 'unsupported']).optional(),
  /** Whose key it is; `Madang` for what the server signed itself. */
  signer: z.string().optional(),
  /** The key's fingerprint, or the id that the signature names. */
  key: z.string().optional(),
})
export type CommitSignature = Infer<typeof commitSignature>

export const commit = z.object({
  sha: z.string(),
  parents: z.array(z.string()),
  title: z.string(),
  /** The message below its title. */
  body: z.string(),
  author: signature,
  committer: signature,
  /** Missing when it is not signed. */
  signature: commitSignature.optional(),
})
export type Commit = Infer<typeof commit>

export const treeEntry = z.object({
  name: z.string(),
  path: z.string(),
  kind: z.enum(['folder', 'file', 'link', 'submodule']),
  sha: z.string(),
  sizeBytes: z.number().optional(),
  /** The newest commit that changed it; missing when it lies further back than was looked. */
  lastCommit: z.object({ sha: z.string(), title: z.string(), at: moment }).optional(),
})
export type TreeEntry = Infer<typeof treeEntry>

export const tree = z.object({
  ref: z.string(),
  sha: z.string(),
  path: z.string(),
  entries: z.array(treeEntry),
  truncated: z.boolean(),
  readme: z.object({ path: z.string(), text: z.string() }).optional(),
})
export type Tree = Infer<typeof tree>

export const fileContent = z.object({
  ref: z.string(),
  commit: z.string(),
  path: z.string(),
  sha: z.string(),
  sizeBytes: z.number(),
  isBinary: z.boolean(),
  /** Longer than what is shown; `text` is then missing and the raw file can be downloaded. */
  truncated: z.boolean(),
  /** What the text was read as: `utf-8`, `euc-kr` or `latin1`. */
  encoding: z.string().optional(),
  text: z.string().optional(),
  /** Name of the language, such as `TypeScript`; for highlighting. */
  language: z.string().optional(),
  rawUrl: z.string(),
})
export type FileContent = Infer<typeof fileContent>

export const blameCommit = z.object({ sha: z.string(), title: z.string(), author: signature })
export type BlameCommit = Infer<typeof blameCommit>

export const blameRange = z.object({
  sha: z.string(),
  /** Its first line, from 1, and how many there are. */
  line: z.number(),
  count: z.number(),
  /** Where the lines before this change are seen; missing where the file began. */
  before: z.object({ sha: z.string(), path: z.string() }).optional(),
})
export type BlameRange = Infer<typeof blameRange>

/** Which commit wrote which line. */
export const blame = z.object({
  ref: z.string(),
  commit: z.string(),
  path: z.string(),
  ranges: z.array(blameRange),
  /** Each commit of the ranges once. */
  commits: z.array(blameCommit),
  /** False where a line's commit is not known: a file above 1 MB, or a history that takes too long. */
  isWhole: z.boolean(),
})
export type Blame = Infer<typeof blame>

export const diffLine = z.object({
  kind: z.enum(['context', 'added', 'removed']),
  old: z.number().optional(),
  new: z.number().optional(),
  text: z.string(),
  /** The file ends here without a line break. */
  noNewline: z.boolean().optional(),
})

export const diffHunk = z.object({
  oldStart: z.number(),
  oldLines: z.number(),
  newStart: z.number(),
  newLines: z.number(),
  heading: z.string(),
  lines: z.array(diffLine),
})

export const diffFile = z.object({
  path: z.string(),
  oldPath: z.string().optional(),
  status: z.enum(['added', 'modified', 'deleted', 'renamed', 'copied', 'typeChanged']),
  oldMode: z.string(),
  newMode: z.string(),
  isBinary: z.boolean(),
  added: z.number(),
  removed: z.number(),
  hunks: z.array(diffHunk),
  /** Its hunks are not all here. */
  truncated: z.boolean(),
})
export type DiffFile = Infer<typeof diffFile>

export const diff = z.object({
  files: z.array(diffFile),
  added: z.number(),
  removed: z.number(),
  truncated: z.boolean(),
})
export type Diff = Infer<typeof diff>

/** `to` beside `from`, from their merge base on. */
export const compare = z.object({
  from: z.string(),
  to: z.string(),
  mergeBase: z.string().optional(),
  ahead: z.number(),
  behind: z.number(),
  commits: z.array(commit),
  diff,
})
export type Compare = Infer<typeof compare>

export const namedRef = z.object({
  name: z.string(),
  sha: z.string(),
  commit: z.object({ sha: z.string(), title: z.string(), author: z.string(), at: moment }),
})
export type NamedRef = Infer<typeof namedRef>

export const branch = namedRef.extend({
  isDefault: z.boolean(),
  /** Commits it has and the default branch has not, and the other way round. */
  ahead: z.number(),
  behind: z.number(),
  pullRequest: z.number().optional(),
})
export type Branch = Infer<typeof branch>

export const mergeStrategies = ['merge', 'squash', 'rebase', 'fastForward', 'rebaseMerge'] as const
export const mergeStrategy = z.enum(mergeStrategies)

/** How a pull request is to be merged, now or by its target's queue. */
export const mergeWish = z.object({
  strategy: mergeStrategy.default('merge'),
  message: z.string().max(10_000).optional(),
  deleteSource: z.boolean().optional(),
  /** The head that was reviewed; a newer one refuses the merge. */
  head: z.string().optional(),
})

const person = z.object({ id: z.string(), name: z.string() })

export const pullRequest = z.object({
  number: z.number(),
  project: z.string(),
  repo: z.string(),
  title: z.string(),
  description: z.string(),
  state: z.enum(['open', 'merged', 'declined']),
  source: z.string(),
  target: z.string(),
  sourceExists: z.boolean(),
  head: z.string(),
  author: person,
  isDraft: z.boolean(),
  /** It merges by itself once nothing stands in its way. */
  autoMerge: z.object({ strategy: mergeStrategy, by: z.string() }).optional(),
  /** It waits in its target's merge queue. */
  isQueued: z.boolean(),
  reviewers: z.array(person.extend({ reason: z.enum(['asked', 'default', 'owner']) })),
  approvals: z.array(person.extend({ at: moment, head: z.string() })),
  changeRequests: z.array(person.extend({ at: moment, head: z.string() })),
  taskCount: z.number(),
  openTaskCount: z.number(),
  statuses: z.array(commitStatus),
  commentCount: z.number(),
  deleteSource: z.boolean(),
  issues: z.array(z.string()),
  /** Open pull requests that stand on each other's branches, lowest first; asked for by itself. */
  stack: z
    .array(
      z.object({ number: z.number(), title: z.string(), source: z.string(), target: z.string() }),
    )
    .optional(),
  /** Only of an open one, and only when asked for by itself. */
  merge: z
    .object({
      isPossible: z.boolean(),
      conflicts: z.array(z.string()),
      /**
       * Codes of what is missing: `sourceMissing`, `targetMissing`, `approvalsMissing`,
       * `statusNotPassing`, `conflicts`, `draft`, `defaultApprovalsMissing`, `changesRequested`,
       * `tasksOpen`, `commentsOpen`, `tooFarBehind`.
       */
      blockers: z.array(z.string()),
    })
    .optional(),
  mergedAs: z.string().optional(),
  strategy: z.enum([...mergeStrategies, 'push']).optional(),
  closedBy: z.string().optional(),
  createdAt: moment,
  updatedAt: moment,
  closedAt: moment.optional(),
})
export type PullRequest = Infer<typeof pullRequest>

export const pullRequestComment = z.object({
  id: z.string(),
  author: person,
  text: z.string(),
  place: z
    .object({
      path: z.string(),
      line: z.number(),
      startLine: z.number().optional(),
      side: z.enum(['old', 'new']),
      head: z.string(),
      base: z.string().optional(),
      /** The line is gone or changed since; otherwise where it is in the diff as it is now. */
      isOutdated: z.boolean(),
      lineNow: z.number().optional(),
      startLineNow: z.number().optional(),
      pathNow: z.string().optional(),
    })
    .optional(),
  replyTo: z.string().optional(),
  isResolved: z.boolean(),
  resolvedBy: z.string().optional(),
  isDeleted: z.boolean(),
  createdAt: moment,
  editedAt: moment.optional(),
})
export type PullRequestComment = Infer<typeof pullRequestComment>
