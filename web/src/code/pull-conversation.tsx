import { useState } from 'react'
import { codeEndpoints, type PullRequest, type PullRequestComment } from '@madang/api'
import { Avatar, Badge, Button, Group, Stack, Text, Textarea } from '@mantine/core'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { useMe } from '../identity/me.tsx'
import { Markdown } from '../ui/markdown.tsx'
import { useMay } from '../ui/role.ts'
import { Loaded } from '../ui/states.tsx'
import { Ago } from '../ui/time.tsx'
import type { LinePlace } from './line-talk.ts'

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
  const mayTalk = useMay('developer')
  return (
    <article
      className="card"
      // Set back by its ground: letters that fade are letters that can't be read.
      style={{
        padding: '12px 16px',
        ...(comment.isResolved ? { background: 'transparent' } : {}),
      }}
    >
      <Group gap={8} mb={6}>
        <Avatar name={comment.author.name} size={24} radius="xl" color="initials" />
        <Text size="sm" fw={600}>
          {comment.author.name}
        </Text>
        <Text size="xs" className="dim grow">
          <Ago at={comment.createdAt} />
          {comment.place && ` · ${placeText(comment.place)}`}
          {comment.place?.isOutdated && ` · ${t('code.outdated')}`}
        </Text>
        {comment.isResolved && (
          <Badge size="sm" variant="light" tt="none">
            {t('code.resolved')}
          </Badge>
        )}
        {mayTalk && !comment.isDeleted && (
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
        <>
          <Markdown text={comment.text} project={pull.project} />
          {canApply(pull, comment) && mayTalk && <ApplySuggestion pull={pull} id={comment.id} />}
        </>
      )}
    </article>
  )
}

function placeText({ path, pathNow, line, lineNow }: NonNullable<PullRequestComment['place']>) {
  return `${pathNow ?? path}:${lineNow ?? line}`
}

/** A block called `suggestion` takes the place of the lines it stands at. */
function canApply(pull: PullRequest, { text, place, isResolved }: PullRequestComment): boolean {
  const isSuggestion = /^```suggestion\b/m.test(text)
  return isSuggestion && pull.state === 'open' && place?.side === 'new' && !isResolved
}

function ApplySuggestion({ pull, id }: { pull: PullRequest; id: string }) {
  const apply = useAction(codeEndpoints.suggestionApply)
  return (
    <Button
      size="xs"
      variant="light"
      mt="xs"
      loading={apply.isPending}
      onClick={() => apply.mutate({ params: { ...paramsOf(pull), comment: id }, body: {} })}
    >
      {t('code.suggestionApply')}
    </Button>
  )
}

interface FormProps {
  pull: PullRequest
  place?: LinePlace
  replyTo?: string
  done?: () => void
}

export function CommentForm(props: FormProps) {
  const { pull, place, replyTo } = props
  const [text, setText] = useState('')
  const create = useAction(codeEndpoints.pullRequestCommentCreate, {
    done: () => {
      setText('')
      props.done?.()
    },
  })
  const submit = () =>
    create.mutate({
      params: paramsOf(pull),
      body: { text, ...(place ? { place } : {}), ...(replyTo ? { replyTo } : {}) },
    })
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
          {place?.side === 'new' && (
            <Button
              size="sm"
              variant="subtle"
              onClick={() => setText(`${text}\n\`\`\`suggestion\n\n\`\`\`\n`.trimStart())}
            >
              {t('code.suggest')}
            </Button>
          )}
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
