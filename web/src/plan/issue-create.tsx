import { useState } from 'react'
import {
  identityEndpoints,
  issuePriorities,
  type IssuePriority,
  type IssueType,
  issueTypes,
  planEndpoints,
} from '@madang/api'
import { useNavigate } from '@tanstack/react-router'
import { Alert, Button, Group, Select, Stack, TagsInput, Textarea, TextInput } from '@mantine/core'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'

export function IssueCreate({ project, done }: { project: string; done: () => void }) {
  const [title, setTitle] = useState('')
  const [description, setDescription] = useState('')
  const [type, setType] = useState<IssueType>('task')
  const [priority, setPriority] = useState<IssuePriority>('medium')
  const [labels, setLabels] = useState<string[]>([])
  const [assignee, setAssignee] = useState<string | null>(null)
  const navigate = useNavigate()
  const create = useAction(planEndpoints.issueCreate, {
    quiet: true,
    done: (issue) => {
      done()
      void navigate({ to: '/p/$project/issues/$issue', params: { project, issue: issue.key } })
    },
  })
  const given = { title, description, type, priority, labels }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        create.mutate({
          params: { project },
          body: { ...given, ...(assignee ? { assignee } : {}) },
        })
      }}
    >
      <Stack gap="sm">
        {create.error && <Alert color="red">{create.error.message}</Alert>}
        <TextInput
          label={t('plan.summary')}
          required
          data-autofocus
          maxLength={250}
          value={title}
          onChange={(event) => setTitle(event.currentTarget.value)}
        />
        <Textarea
          label={t('plan.description')}
          description={t('plan.descriptionHint')}
          autosize
          minRows={4}
          maxRows={14}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
        <Group grow>
          <Select
            label={t('plan.type')}
            allowDeselect={false}
            data={issueTypes.map((value) => ({ value, label: t(`plan.type_${value}`) }))}
            value={type}
            onChange={(value) => value && setType(value as IssueType)}
          />
          <Select
            label={t('plan.priority')}
            allowDeselect={false}
            data={issuePriorities.map((value) => ({ value, label: t(`plan.priority_${value}`) }))}
            value={priority}
            onChange={(value) => value && setPriority(value as IssuePriority)}
          />
        </Group>
        <AssigneeSelect project={project} value={assignee} set={setAssignee} />
        <TagsInput
          label={t('plan.labels')}
          placeholder={t('plan.addLabel')}
          splitChars={[',', ' ']}
          value={labels}
          onChange={setLabels}
        />
        <Button type="submit" loading={create.isPending}>
          {t('ui.create')}
        </Button>
      </Stack>
    </form>
  )
}

/** The members of a project, and nobody. */
export function AssigneeSelect(props: {
  project: string
  value: string | null
  set: (name: string | null) => void
  label?: string
}) {
  const { project } = props
  const members = useEndpoint(identityEndpoints.memberList, { params: { project } })
  const data = (members.data?.items ?? []).map((member) => ({
    value: member.name,
    label: member.displayName,
  }))
  return (
    <Select
      label={props.label ?? t('plan.assignee')}
      placeholder={t('plan.nobody')}
      clearable
      searchable
      data={data}
      value={props.value}
      onChange={props.set}
    />
  )
}
