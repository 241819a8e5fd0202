import { fillText } from '@madang/api'
import type { Refusal } from '../../kernel/index.ts'

/** A refusal in the form of the original: `{type: 'error', error: {message, detail?, fields?}}`. */
export class BitbucketError extends Error {
  override name = 'BitbucketError'
  readonly status: number
  readonly more: { detail?: unknown; fields?: Record<string, string[]>; data?: object }

  constructor(status: number, message: string, more: BitbucketError['more'] = {}) {
    super(message)
    this.status = status
    this.more = more
  }
}

export const notThere = (): BitbucketError =>
  new BitbucketError(404, 'Resource not found', {
    detail:
      "There is no API hosted at this URL.\n\nFor information about our API's, please refer to " +
      'the documentation at: https://developer.atlassian.com/bitbucket/api/2/reference/',
  })

/** The same words for what is not there and what one may not see. */
export const noRepository = (): BitbucketError =>
  new BitbucketError(
    404,
    'You may not have access to this repository or it no longer exists in this workspace. ' +
      'If you think this repository exists and you have access, make sure you are authenticated.',
  )

export const noRole = (): BitbucketError =>
  new BitbucketError(403, 'Access denied. You must have write or admin access.')

export const badFields = (fields: Record<string, string[]>): BitbucketError =>
  new BitbucketError(400, 'Bad request', { fields })

export const wrongCredentials = (): BitbucketError =>
  new BitbucketError(401, 'Token is invalid, expired, or not supported for this endpoint.')

type Words = (parameters: Record<string, string>) => BitbucketError

const say = (status: number, message: string, data?: object) => () =>
  new BitbucketError(status, message, data ? { data } : {})

/** Our refusals that the original words in its own way. */
const known: Record<string, Words> = {
  notSignedIn: wrongCredentials,
  badCredentials: wrongCredentials,
  repoNotFound: noRepository,
  repoExists: () =>
    new BitbucketError(400, 'Repository with this Slug and Owner already exists.', {
      fields: { name: ['You already have a repository with this name.'] },
    }),
  repoNameKept: ({ name = '', repo = '' }) =>
    badFields({ name: [`${name} was the name of ${repo}, whose old addresses still lead there.`] }),
  refNotFound: ({ ref = '' }) =>
    new BitbucketError(404, 'Commit not found', { data: { shas: [ref] } }),
  refExists: ({ ref = '' }) =>
    new BitbucketError(400, `Branch "${ref}" already exists.`, {
      data: { key: 'BRANCH_ALREADY_EXISTS' },
    }),
  refNameInvalid: ({ ref = '' }) =>
    new BitbucketError(400, `Branch name "${ref}" is invalid.`, {
      data: { key: 'BRANCH_NAME_INVALID' },
    }),
  branchProtected: ({ branch = '' }) =>
    new BitbucketError(403, `Permission denied to update branch ${branch}.`, {
      data: { key: 'BRANCH_PERMISSION_VIOLATED' },
    }),
  pathNotFound: ({ path = '' }) =>
    new BitbucketError(404, `No such file or directory: ${path}`, { data: { path } }),
  nothingToMerge: say(400, 'There are no changes to be pulled'),
  pullRequestNotFound: say(404, 'Pull request not found'),
  pullRequestNotOpen: say(400, 'This pull request is already closed.'),
  nothingToCommit: say(400, 'There are no changes to commit.'),
  commentNotFound: say(404, 'Comment not found'),
  commentNotYours: say(403, 'You may only change what you wrote.'),
  taskNotFound: say(404, 'Task not found'),
  branchRuleNotFound: say(404, 'Branch restriction not found'),
  hookNotFound: say(404, 'Webhook not found'),
  reviewerUnknown: ({ name = '' }) =>
    badFields({ reviewers: [`${name} is not a valid reviewer or may not see this repository`] }),
  branchRuleExists: ({ kind = '', pattern = '' }) =>
    badFields({ pattern: [`There is already a "${kind}" rule for "${pattern}"`] }),
}

export function errorFrom(refusal: Refusal): BitbucketError {
  const parameters = Object.fromEntries(
    Object.entries(refusal.parameters).map(([name, value]) => [name, String(value)]),
  )
  const words = known[refusal.code]
  if (words) return words(parameters)
  return new BitbucketError(refusal.status, fillText(refusal.text.en, refusal.parameters))
}
