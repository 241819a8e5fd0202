import { useState } from 'react'
import { codeEndpoints, type PullRequest } from '@madang/api'
import { Stack } from '@mantine/core'
import { useEndpoint } from '../api/hooks.ts'
import { Loaded } from '../ui/states.tsx'
import { DiffView, type LinePlace } from './diff-view.tsx'
import { CommentCard, CommentForm } from './pull-conversation.tsx'

/** The diff with what is said about its lines. */
export function PullChanges({ pull }: { pull: PullRequest }) {
  const [talking, setTalking] = useState<LinePlace>()
  const params = { project: pull.project, repo: pull.repo, number: pull.number }
  const diff = useEndpoint(codeEndpoints.pullRequestDiff, { params })
  const comments = useEndpoint(codeEndpoints.pullRequestCommentList, { params })
  const below = (place: LinePlace) => {
    const here = (comments.data?.items ?? []).filter(
      (comment) => comment.place?.head === pull.head && isSame(comment.place, place),
    )
    const isTalking = talking !== undefined && isSame(talking, place)
    if (here.length === 0 && !isTalking) return null
    return (
      <tr>
        <td colSpan={3} style={{ padding: 12, fontFamily: 'var(--mantine-font-family)' }}>
          <Stack gap="sm">
            {here.map((comment) => (
              <CommentCard key={comment.id} pull={pull} comment={comment} />
            ))}
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
      {(data) =>
        pull.state === 'open' ? (
          <DiffView diff={data} talk={{ below, begin: setTalking }} />
        ) : (
          <DiffView diff={data} />
        )
      }
    </Loaded>
  )
}

function isSame(a: LinePlace, b: LinePlace): boolean {
  return a.path === b.path && a.line === b.line && a.side === b.side
}
