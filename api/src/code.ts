import {
  blame,
  branch,
  commit,
  commitStatus,
  compare,
  diff,
  fileContent,
  mergeWish,
  namedRef,
  pullRequest,
  pullRequestComment,
  repo,
  repoName,
  tree,
} from './code-shapes.ts'
import { codeReviewerEndpoints } from './code-reviewers.ts'
import { reviewEndpoints } from './code-reviews.ts'
import { conflictEndpoints } from './code-conflicts.ts'
import { queueEndpoints } from './code-queue.ts'
import { endpoint, roles } from './endpoint.ts'
import { pageOf, paging } from './paging.ts'
import { z } from './schema.ts'

export * from './code-conflicts.ts'
export * from './code-errors.ts'
export * from './code-queue.ts'
export * from './code-reviewers.ts'
export * from './code-reviews.ts'
export * from './code-shapes.ts'
export * from './code-signing.ts'

const inProject = z.object({ project: z.string() })
const inRepo = inProject.extend({ repo: z.string() })
const done = z.object({ done: z.literal(true) })
const numbered = inRepo.extend({ number: z.coerce.number().int().positive() })
const ofComment = numbered.extend({ comment: z.string() })
const sha = z.string().regex(/^[0-9a-f]{4,40}$/)

const repos = '/api/projects/:project/repos'
const one = `${repos}/:repo` as const
const pulls = `${one}/pulls` as const
const pull = `${pulls}/:number` as const

const viewer = { project: 'viewer' } as const
const developer = { project: 'developer' } as const
const maintainer = { project: 'maintainer' } as const

const repoEndpoints = {
  repoList: endpoint({
    method: 'GET',
    path: repos,
    access: viewer,
    params: inProject,
    result: z.object({ items: z.array(repo) }),
  }),
  repoCreate: endpoint({
    method: 'POST',
    path: repos,
    access: developer,
    params: inProject,
    body: z.object({ name: repoName, description: z.string().max(500).default('') }),
    result: repo,
  }),
  /** With what the reader may do there. */
  repoGet: endpoint({
    method: 'GET',
    path: one,
    access: viewer,
    params: inRepo,
    result: repo.extend({ role: z.enum(roles) }),
  }),
  repoUpdate: endpoint({
    method: 'PATCH',
    path: one,
    access: maintainer,
    params: inRepo,
    body: z.object({
      /** Addresses with a name it had lead to it as before. */
      name: repoName.optional(),
      description: z.string().max(500).optional(),
      defaultBranch: z.string().optional(),
      isProtected: z.boolean().optional(),
      requirePassing: z.boolean().optional(),
      requiredApprovals: z.number().int().min(0).max(10).optional(),
    }),
    result: repo,
  }),
  /** Into another project, of which one is the maintainer too; its old addresses lead to it. */
  repoMove: endpoint({
    method: 'POST',
    path: `${one}/move`,
    access: maintainer,
    params: inRepo,
    body: z.object({ project: z.string() }),
    result: repo,
  }),
  repoDelete: endpoint({
    method: 'DELETE',
    path: one,
    access: maintainer,
    params: inRepo,
    result: done,
  }),
}

const readEndpoints = {
  treeGet: endpoint({
    method: 'GET',
    path: `${one}/tree`,
    access: viewer,
    params: inRepo,
    query: z.object({ ref: z.string().optional(), path: z.string().default('') }),
    result: tree,
  }),
  fileGet: endpoint({
    method: 'GET',
    path: `${one}/file`,
    access: viewer,
    params: inRepo,
    query: z.object({ ref: z.string().optional(), path: z.string().min(1) }),
    result: fileContent,
  }),
  blameGet: endpoint({
    method: 'GET',
    path: `${one}/blame`,
    access: viewer,
    params: inRepo,
    query: z.object({ ref: z.string().optional(), path: z.string().min(1) }),
    result: blame,
  }),
  commitList: endpoint({
    method: 'GET',
    path: `${one}/commits`,
    access: viewer,
    params: inRepo,
    query: z.object({ ref: z.string().optional(), path: z.string().default(''), ...paging }),
    result: pageOf(commit),
  }),
  commitGet: endpoint({
    method: 'GET',
    path: `${one}/commits/:sha`,
    access: viewer,
    params: inRepo.extend({ sha }),
    result: commit.extend({ diff, statuses: z.array(commitStatus) }),
  }),
  commitCreate: endpoint({
    method: 'POST',
    path: `${one}/commits`,
    access: developer,
    params: inRepo,
    body: z.object({
      branch: z.string(),
      /** Where a branch that does not exist yet begins; the default branch unless told. */
      startFrom: z.string().optional(),
      message: z.string().trim().min(1).max(10_000),
      files: z
        .array(
          z.object({
            path: z.string().min(1).max(1000),
            /** `null` deletes the file. */
            content: z.string().nullable(),
            encoding: z.enum(['utf8', 'base64']).default('utf8'),
            isExecutable: z.boolean().default(false),
          }),
        )
        .min(1)
        .max(500),
    }),
    result: commit,
  }),
  compareGet: endpoint({
    method: 'GET',
    path: `${one}/compare`,
    access: viewer,
    params: inRepo,
    query: z.object({ from: z.string(), to: z.string() }),
    result: compare,
  }),
  diffGet: endpoint({
    method: 'GET',
    path: `${one}/diff`,
    access: viewer,
    params: inRepo,
    query: z.object({ from: z.string(), to: z.string() }),
    result: diff,
  }),
}

const refEndpoints = {
  branchList: endpoint({
    method: 'GET',
    path: `${one}/branches`,
    access: viewer,
    params: inRepo,
    query: z.object(paging),
    result: pageOf(branch),
  }),
  branchCreate: endpoint({
    method: 'POST',
    path: `${one}/branches`,
    access: developer,
    params: inRepo,
    body: z.object({ name: z.string(), startFrom: z.string().optional() }),
    result: namedRef,
  }),
  branchDelete: endpoint({
    method: 'DELETE',
    path: `${one}/branches/*name`,
    access: developer,
    params: inRepo.extend({ name: z.string() }),
    result: done,
  }),
  tagList: endpoint({
    method: 'GET',
    path: `${one}/tags`,
    access: viewer,
    params: inRepo,
    query: z.object(paging),
    result: pageOf(namedRef),
  }),
  statusList: endpoint({
    method: 'GET',
    path: `${one}/commits/:sha/statuses`,
    access: viewer,
    params: inRepo.extend({ sha }),
    result: z.object({ items: z.array(commitStatus) }),
  }),
  statusSet: endpoint({
    method: 'POST',
    path: `${one}/commits/:sha/statuses`,
    access: developer,
    params: inRepo.extend({ sha }),
    body: commitStatus.omit({ updatedAt: true }),
    result: done,
  }),
}

const commentPlace = z.object({
  path: z.string(),
  line: z.number().int().positive(),
  side: z.enum(['old', 'new']),
  /** The first of several lines; `line` is then the last. */
  startLine: z.number().int().positive().optional(),
})

const pullRequestEndpoints = {
  pullRequestList: endpoint({
    method: 'GET',
    path: pulls,
    access: viewer,
    params: inRepo,
    query: z.object({
      state: z.enum(['open', 'merged', 'declined', 'all']).default('open'),
      ...paging,
    }),
    result: pageOf(pullRequest),
  }),
  pullRequestCreate: endpoint({
    method: 'POST',
    path: pulls,
    access: developer,
    params: inRepo,
    body: z.object({
      title: z.string().trim().min(1).max(300),
      description: z.string().max(50_000).default(''),
      source: z.string(),
      target: z.string().optional(),
      deleteSource: z.boolean().default(false),
      isDraft: z.boolean().default(false),
      /** Ids of people (`person:…`); default reviewers and code owners are added. */
      reviewers: z.array(z.string()).max(50).default([]),
    }),
    result: pullRequest,
  }),
  pullRequestGet: endpoint({
    method: 'GET',
    path: pull,
    access: viewer,
    params: numbered,
    result: pullRequest,
  }),
  pullRequestUpdate: endpoint({
    method: 'PATCH',
    path: pull,
    access: developer,
    params: numbered,
    body: z.object({
      title: z.string().trim().min(1).max(300).optional(),
      description: z.string().max(50_000).optional(),
      target: z.string().optional(),
      deleteSource: z.boolean().optional(),
      isDraft: z.boolean().optional(),
    }),
    result: pullRequest,
  }),
  pullRequestDiff: endpoint({
    method: 'GET',
    path: `${pull}/diff`,
    access: viewer,
    params: numbered,
    result: diff,
  }),
  pullRequestCommits: endpoint({
    method: 'GET',
    path: `${pull}/commits`,
    access: viewer,
    params: numbered,
    result: z.object({ items: z.array(commit), truncated: z.boolean() }),
  }),
  pullRequestApprove: endpoint({
    method: 'PUT',
    path: `${pull}/approval`,
    access: developer,
    params: numbered,
    result: pullRequest,
  }),
  pullRequestUnapprove: endpoint({
    method: 'DELETE',
    path: `${pull}/approval`,
    access: developer,
    params: numbered,
    result: pullRequest,
  }),
  pullRequestMerge: endpoint({
    method: 'POST',
    path: `${pull}/merge`,
    access: developer,
    params: numbered,
    body: mergeWish,
    result: pullRequest,
  }),
  pullRequestDecline: endpoint({
    method: 'POST',
    path: `${pull}/decline`,
    access: developer,
    params: numbered,
    result: pullRequest,
  }),
  pullRequestReopen: endpoint({
    method: 'POST',
    path: `${pull}/reopen`,
    access: developer,
    params: numbered,
    result: pullRequest,
  }),
}

const commentEndpoints = {
  pullRequestCommentList: endpoint({
    method: 'GET',
    path: `${pull}/comments`,
    access: viewer,
    params: numbered,
    result: z.object({ items: z.array(pullRequestComment) }),
  }),
  pullRequestCommentCreate: endpoint({
    method: 'POST',
    path: `${pull}/comments`,
    access: developer,
    params: numbered,
    body: z.object({
      text: z.string().trim().min(1).max(50_000),
      place: commentPlace.optional(),
      replyTo: z.string().optional(),
    }),
    result: pullRequestComment,
  }),
  pullRequestCommentUpdate: endpoint({
    method: 'PATCH',
    path: `${pull}/comments/:comment`,
    access: developer,
    params: ofComment,
    body: z.object({
      text: z.string().trim().min(1).max(50_000).optional(),
      isResolved: z.boolean().optional(),
    }),
    result: pullRequestComment,
  }),
  pullRequestCommentDelete: endpoint({
    method: 'DELETE',
    path: `${pull}/comments/:comment`,
    access: developer,
    params: ofComment,
    result: done,
  }),
}

/** The calls of `code`: repositories, what is in them, and pull requests. */
export const codeEndpoints = {
  ...repoEndpoints,
  ...readEndpoints,
  ...refEndpoints,
  ...pullRequestEndpoints,
  ...commentEndpoints,
  ...reviewEndpoints,
  ...codeReviewerEndpoints,
  ...conflictEndpoints,
  ...queueEndpoints,
}
