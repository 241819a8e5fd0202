import { useState } from 'react'
import { codeEndpoints, type PullRequest, type PullRequestTask } from '@madang/api'
import { ActionIcon, Button, Checkbox, Group, Text, TextInput } from '@mantine/core'
import { X } from 'lucide-react'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Section } from '../ui/pieces.tsx'
import { useMay } from '../ui/role.ts'
import { Loaded } from '../ui/states.tsx'

/** What has to be done before the merge; a rule of the branch can insist on it. */
export function PullTasks({ pull }: { pull: PullRequest }) {
  const params = { project: pull.project, repo: pull.repo, number: pull.number }
  const query = useEndpoint(codeEndpoints.taskList, { params })
  const mayChange = useMay('developer') && pull.state === 'open'
  const done = pull.taskCount - pull.openTaskCount
  const count = pull.taskCount === 0 ? '' : ` ${done}/${pull.taskCount}`
  return (
    <Section title={t('code.tasks') + count}>
      <Loaded query={query} lines={2}>
        {({ items }) => (
          <div className="card rows">
            {items.length === 0 && (
              <Text size="sm" className="dim" p="sm">
                {t('code.tasksNone')}
              </Text>
            )}
            {items.map((task) => (
              <TaskRow key={task.id} params={params} task={task} mayChange={mayChange} />
            ))}
            {mayChange && <TaskForm params={params} />}
          </div>
        )}
      </Loaded>
    </Section>
  )
}

interface Params {
  project: string
  repo: string
  number: number
}

function TaskRow(props: { params: Params; task: PullRequestTask; mayChange: boolean }) {
  const { task, mayChange } = props
  const params = { ...props.params, task: task.id }
  const update = useAction(codeEndpoints.taskUpdate)
  const remove = useAction(codeEndpoints.taskDelete)
  return (
    <div className="row">
      <Checkbox
        className="grow"
        checked={task.isDone}
        disabled={!mayChange || update.isPending}
        label={task.text}
        description={task.author.name}
        styles={{ label: { textDecoration: task.isDone ? 'line-through' : 'none' } }}
        onChange={(event) =>
          update.mutate({ params, body: { isDone: event.currentTarget.checked } })
        }
      />
      {mayChange && (
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t('code.taskDelete', { text: task.text })}
          onClick={() => remove.mutate({ params })}
        >
          <X size={16} />
        </ActionIcon>
      )}
    </div>
  )
}

function TaskForm({ params }: { params: Params }) {
  const [text, setText] = useState('')
  const create = useAction(codeEndpoints.taskCreate, { done: () => setText('') })
  return (
    <form
      style={{ padding: '10px 14px' }}
      onSubmit={(event) => {
        event.preventDefault()
        create.mutate({ params, body: { text } })
      }}
    >
      <Group gap="sm">
        <TextInput
          className="grow"
          aria-label={t('code.taskNew')}
          placeholder={t('code.taskNew')}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Button
          type="submit"
          variant="default"
          loading={create.isPending}
          disabled={text.trim() === ''}
        >
          {t('code.taskAdd')}
        </Button>
      </Group>
    </form>
  )
}
