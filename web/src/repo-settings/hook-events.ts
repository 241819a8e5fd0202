import { t } from '../i18n/index.ts'

/** Bitbucket's words for what a webhook may hear, by what they are about. */
export const hookEvents = {
  repo: ['push', 'commit_status_created', 'commit_status_updated'],
  pullrequest: [
    'created',
    'updated',
    'approved',
    'unapproved',
    'changes_request_created',
    'changes_request_removed',
    'fulfilled',
    'rejected',
    'comment_created',
    'comment_updated',
    'comment_deleted',
    'comment_resolved',
    'comment_reopened',
  ],
} as const

type Kind = keyof typeof hookEvents
type Name = (typeof hookEvents)[Kind][number]

/** What a test delivery is called. */
const TEST = 'diagnostics:ping'

/** `repo:push` in the reader's words; one we don't know stays as it is. */
export function eventText(key: string): string {
  if (key === TEST) return t('repo.event_test')
  const [kind, name] = key.split(':')
  const known: readonly string[] = hookEvents[kind as Kind] ?? []
  return name && known.includes(name) ? t(`repo.event_${name as Name}`) : key
}
