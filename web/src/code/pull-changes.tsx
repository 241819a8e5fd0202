import { useState } from 'react'
import { codeEndpoints, type PullRequest, type PullRequestComment } from '@madang/api'
import { Button, Stack, Title } from '@mantine/core'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { useMay } from '../ui/role.ts'
import { Loaded } from '../ui/states.tsx'
import { DiffView } from './diff-view.tsx'
import type { LinePlace } from './line-talk.ts'
import { CommentCard, CommentForm } from './pull-conversation.tsx'

/** The diff with what is said about its lines. */
export function PullChanges({ pull }: { pull: PullRequest }) {
  const [talking, setTalking] = useState<LinePlace>()
  const mayTalk = useMay('developer')
  const params = { project: pull.project, repo: pull.repo, number: pull.number }
  const diff = useEndpoint(codeEndpoints.pullRequestDiff, { params })
  const comments = useEndpoint(codeEndpoints.pullRequestCommentList, { params })
  const said = comments.data?.items ?? []
  const gone = said.filter((comment) => comment.place?.isOutdated)
  const below = (place: LinePlace, columns: number) => {
    const roots = said.filter((comment) => isAt(comment, place))
    const ids = new Set(roots.map(({ id }) => id))
    const here = said.filter(({ id, replyTo }) => ids.has(id) || ids.has(replyTo ?? ''))
    const isTalking = talking !== undefined && isSame(talking, place)
    if (here.length === 0 && !isTalking) return null
    return (
      <tr>
        <td colSpan={columns} style={{ padding: 12, fontFamily: 'var(--mantine-font-family)' }}>
          <Stack gap="sm">
            {here.map((comment) => (
              <CommentCard key={comment.id} pull={pull} comment={comment} />
            ))}
            {roots[0] && !isTalking && <Reply pull={pull} to={roots[0].id} />}
            {isTalking && (
              <CommentForm pull={pull} place={place} done={() => setTalking(undefined)} />
            )}
          </Stack>
        </td>
      </tr>
    )
  }
  return (
    <Loaded query={diff} lines={10}>
      {(data) => (
        <>
          <DiffView
            diff={data}
            {...(pull.state === 'open' && mayTalk ? { talk: { below, begin: setTalking } } : {})}
          />
          {gone.length > 0 && (
            <Stack gap="sm">
              <Title order={3} fz={16}>
                {t('code.fileComments')}
              </Title>
              {gone.map((comment) => (
                <CommentCard key={comment.id} pull={pull} comment={comment} />
              ))}
            </Stack>
          )}
        </>
      )}
    </Loaded>
  )
}

/** Where a remark's line is in the diff as it is now: pushes move lines, and files get other names. */
function isAt({ place }: PullRequestComment, here: LinePlace): boolean {
  if (!place || place.isOutdated || place.side !== here.side) return false
  return (place.pathNow ?? place.path) === here.path && (place.lineNow ?? place.line) === here.line
}

function Reply({ pull, to }: { pull: PullRequest; to: string }) {
  const [isOpen, setOpen] = useState(false)
  if (isOpen) return <CommentForm pull={pull} replyTo={to} done={() => setOpen(false)} />
  return (
    <Button
      size="compact-sm"
      variant="subtle"
      style={{ alignSelf: 'flex-start' }}
      onClick={() => setOpen(true)}
    >
      {t('code.reply')}
    </Button>
  )
}

function isSame(a: LinePlace, b: LinePlace): boolean {
  return a.path === b.path && a.line === b.line && a.side === b.side
}
