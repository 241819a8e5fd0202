import { useState } from 'react'
import { type IssueComment, planEndpoints } from '@madang/api'
import { Avatar, Button, Group, Stack, Text, Textarea } from '@mantine/core'
import { useAction, usePages } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Markdown } from '../ui/markdown.tsx'
import { Failure } from '../ui/states.tsx'
import { Ago } from '../ui/time.tsx'
import classes from './issue-page.module.css'
import { MoreButton } from '../ui/pieces.tsx'

interface Props {
  project: string
  issue: string
}

export function Comments({ project, issue }: Props) {
  const params = { project, key: issue }
  const query = usePages(planEndpoints.commentList, { params, query: {} })
  const add = useAction(planEndpoints.commentAdd)
  const items = query.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <>
      {query.error && <Failure error={query.error} retry={() => void query.refetch()} />}
      {items.map((comment) => (
        <Comment key={comment.id} project={project} issue={issue} comment={comment} />
      ))}
      <MoreButton query={query} />
      <CommentForm
        label={t('plan.comment')}
        isSaving={add.isPending}
        save={(text, clear) => add.mutate({ params, body: { text } }, { onSuccess: clear })}
      />
    </>
  )
}

function Comment({ project, issue, comment }: Props & { comment: IssueComment }) {
  const [isEditing, setEditing] = useState(false)
  const params = { project, key: issue, id: comment.id }
  const edit = useAction(planEndpoints.commentEdit, { done: () => setEditing(false) })
  const remove = useAction(planEndpoints.commentDelete)
  return (
    <article className={classes['comment']}>
      <Avatar name={comment.author.name} size={30} radius="xl" color="initials" />
      <div>
        <Group gap={8} mb={4}>
          <Text size="sm" fw={600}>
            {comment.author.name}
          </Text>
          <Text size="xs" className="dim grow">
            <Ago at={comment.createdAt} /> {comment.editedAt && `· ${t('plan.edited')}`}
          </Text>
          {comment.isOwn && !isEditing && (
            <>
              <Button size="compact-xs" variant="subtle" onClick={() => setEditing(true)}>
                {t('ui.edit')}
              </Button>
              <Button
                size="compact-xs"
                variant="subtle"
                color="red"
                onClick={() => remove.mutate({ params })}
              >
                {t('ui.delete')}
              </Button>
            </>
          )}
        </Group>
        {isEditing ? (
          <CommentForm
            label={t('ui.save')}
            initial={comment.text}
            isSaving={edit.isPending}
            cancel={() => setEditing(false)}
            save={(text) => edit.mutate({ params, body: { text } })}
          />
        ) : (
          <Markdown text={comment.text} project={project} />
        )}
      </div>
    </article>
  )
}

function CommentForm(props: {
  label: string
  initial?: string
  isSaving: boolean
  save: (text: string, clear: () => void) => void
  cancel?: () => void
}) {
  const [text, setText] = useState(props.initial ?? '')
  const submit = () => props.save(text, () => setText(''))
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <Stack gap="xs">
        <Textarea
          aria-label={t('plan.comment')}
          placeholder={t('plan.addComment')}
          autosize
          minRows={3}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            const isSend = event.key === 'Enter' && (event.ctrlKey || event.metaKey)
            if (isSend && text.trim() !== '') submit()
          }}
        />
        <Group gap="xs">
          <Button type="submit" size="sm" loading={props.isSaving} disabled={text.trim() === ''}>
            {props.label}
          </Button>
          {props.cancel && (
            <Button size="sm" variant="default" onClick={props.cancel}>
              {t('ui.cancel')}
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  )
}
