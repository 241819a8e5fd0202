/** What a webhook may ask to hear, in Bitbucket's words, with what each is called there. */
export const hookEvents: Record<string, { category: string; label: string; description: string }> =
  {
    'repo:push': event('Repository', 'Push', 'Whenever a repository push occurs'),
    'repo:commit_status_created': event(
      'Repository',
      'Build status created',
      'When a build status is created',
    ),
    'repo:commit_status_updated': event(
      'Repository',
      'Build status updated',
      'When a build status is updated',
    ),
    'pullrequest:created': event('Pull Request', 'Created', 'When a pull request is created'),
    'pullrequest:updated': event('Pull Request', 'Updated', 'When a pull request is updated'),
    'pullrequest:approved': event('Pull Request', 'Approved', 'When someone approves it'),
    'pullrequest:unapproved': event(
      'Pull Request',
      'Approval removed',
      'When someone takes an approval back',
    ),
    'pullrequest:changes_request_created': event(
      'Pull Request',
      'Changes request created',
      'When someone asks for changes',
    ),
    'pullrequest:changes_request_removed': event(
      'Pull Request',
      'Changes request removed',
      'When someone takes that back',
    ),
    'pullrequest:fulfilled': event('Pull Request', 'Merged', 'When a pull request is merged'),
    'pullrequest:rejected': event('Pull Request', 'Declined', 'When a pull request is declined'),
    'pullrequest:comment_created': event('Pull Request', 'Comment created', 'When one is written'),
    'pullrequest:comment_updated': event('Pull Request', 'Comment updated', 'When one is changed'),
    'pullrequest:comment_deleted': event('Pull Request', 'Comment deleted', 'When one is removed'),
    'pullrequest:comment_resolved': event(
      'Pull Request',
      'Comment resolved',
      'When one is settled',
    ),
    'pullrequest:comment_reopened': event('Pull Request', 'Comment reopened', 'When one is not'),
  }

function event(category: string, label: string, description: string) {
  return { category, label, description }
}

export const isHookEvent = (key: string): boolean => Object.hasOwn(hookEvents, key)

/** The hook's event of each of our own facts about a pull request. */
export const keysOfActivity: Record<string, string | undefined> = {
  approved: 'pullrequest:approved',
  unapproved: 'pullrequest:unapproved',
  changesRequested: 'pullrequest:changes_request_created',
  changesRequestRemoved: 'pullrequest:changes_request_removed',
  commented: 'pullrequest:comment_created',
  commentUpdated: 'pullrequest:comment_updated',
  commentDeleted: 'pullrequest:comment_deleted',
  commentResolved: 'pullrequest:comment_resolved',
  commentReopened: 'pullrequest:comment_reopened',
  reviewersChanged: 'pullrequest:updated',
}

export const keysOfEvent: Record<string, string | undefined> = {
  'code.pushed': 'repo:push',
  'code.commitStatusCreated': 'repo:commit_status_created',
  'code.commitStatusUpdated': 'repo:commit_status_updated',
  'code.pullRequestOpened': 'pullrequest:created',
  'code.pullRequestUpdated': 'pullrequest:updated',
  'code.pullRequestMerged': 'pullrequest:fulfilled',
  'code.pullRequestDeclined': 'pullrequest:rejected',
}
