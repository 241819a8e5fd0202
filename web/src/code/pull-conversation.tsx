import { useState } from 'react'
import { codeEndpoints, type PullRequest, type PullRequestComment } from '@madang/api'
import { Avatar, Badge, Button, Group, Stack, Text, Textarea } from '@mantine/core'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { useMe } from '../identity/me.tsx'
import { Markdown } from '../ui/markdown.tsx'
import { Loaded } from '../ui/states.tsx'
import { Ago } from '../ui/time.tsx'
import type { LinePlace } from './diff-view.tsx'

const paramsOf = (pull: PullRequest) => ({
  project: pull.project,
  repo: pull.repo,
  number: pull.number,
})

/** Every comment of a pull request, those on lines included, and a place for the next. */
export function PullConversation({ pull }: { pull: PullRequest }) {
  const query = useEndpoint(codeEndpoints.pullRequestCommentList, { params: paramsOf(pull) })
  return (
    <Loaded query={query}>
      {({ items }) => (
        <Stack gap="md">
          {items.map((comment) => (
            <CommentCard key={comment.id} pull={pull} comment={comment} />
          ))}
          <CommentForm pull={pull} />
        </Stack>
      )}
    </Loaded>
  )
}

export function CommentCard({ pull, comment }: { pull: PullRequest; comment: PullRequestComment }) {
  const me = useMe()
  const params = { ...paramsOf(pull), comment: comment.id }
  const update = useAction(codeEndpoints.pullRequestCommentUpdate)
  const remove = useAction(codeEndpoints.pullRequestCommentDelete)
  const isOwn = comment.author.id === me.actor
  return (
    <article
      className="card"
      style={{ padding: '12px 16px', opacity: comment.isResolved ? 0.7 : 1 }}
    >
      <Group gap={8} mb={6}>
        <Avatar name={comment.author.name} size={24} radius="xl" color="initials" />
        <Text size="sm" fw={600}>
          {comment.author.name}
        </Text>
        <Text size="xs" className="dim grow">
          <Ago at={comment.createdAt} />
          {comment.place && ` · ${comment.place.path}:${comment.place.line}`}
          {comment.place && comment.place.head !== pull.head && ` · ${t('code.onOlder')}`}
        </Text>
        {comment.isResolved && (
          <Badge size="sm" variant="light" tt="none">
            {t('code.resolved')}
          </Badge>
        )}
        {!comment.isDeleted && (
          <Button
            size="compact-xs"
            variant="subtle"
            onClick={() => update.mutate({ params, body: { isResolved: !comment.isResolved } })}
          >
            {t(comment.isResolved ? 'code.unresolve' : 'code.resolve')}
          </Button>
        )}
        {isOwn && !comment.isDeleted && (
          <Button
            size="compact-xs"
            variant="subtle"
            color="red"
            onClick={() => remove.mutate({ params })}
          >
            {t('ui.delete')}
          </Button>
        )}
      </Group>
      {comment.isDeleted ? (
        <Text size="sm" className="dim">
          {t('code.deletedComment')}
        </Text>
      ) : (
        <Markdown text={comment.text} project={pull.project} />
      )}
    </article>
  )
}

export function CommentForm(props: { pull: PullRequest; place?: LinePlace; done?: () => void }) {
  const { pull, place } = props
  const [text, setText] = useState('')
  const create = useAction(codeEndpoints.pullRequestCommentCreate, {
    done: () => {
      setText('')
      props.done?.()
    },
  })
  const submit = () =>
    create.mutate({ params: paramsOf(pull), body: { text, ...(place ? { place } : {}) } })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <Stack gap="xs">
        <Textarea
          aria-label={t('code.writeComment')}
          placeholder={t('code.writeComment')}
          autosize
          minRows={3}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Group gap="xs">
          <Button type="submit" size="sm" loading={create.isPending} disabled={text.trim() === ''}>
            {t('code.comment')}
          </Button>
          {props.done && (
            <Button size="sm" variant="default" onClick={props.done}>
              {t('ui.cancel')}
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  )
}
