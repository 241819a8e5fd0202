import { useState } from 'react'
import { type Job, type ParameterDefinition, pipelinesEndpoints } from '@madang/api'
import { useNavigate } from '@tanstack/react-router'
import {
  Alert,
  Button,
  Checkbox,
  PasswordInput,
  Select,
  Stack,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core'
import { useAction } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { useRepoTitle } from './repo-title.ts'

type Values = Record<string, string | boolean>

/** Starts a run of a branch, asking for its parameters first. */
export function RunStart({ job }: { job: Job }) {
  const navigate = useNavigate()
  const repo = useRepoTitle(job)
  const [values, setValues] = useState<Values>(defaultsOf(job.parameters))
  const start = useAction(pipelinesEndpoints.runStart, {
    quiet: true,
    done: (run) =>
      void navigate({
        to: '/p/$project/pipelines/$job/$number',
        params: {
          project: run.project,
          job: `${run.repo}/${run.branch}`,
          number: String(run.number),
        },
      }),
  })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        const body = { repo: job.repo, branch: job.branch, parameters: values }
        start.mutate({ params: { project: job.project }, body })
      }}
    >
      <Stack gap="sm">
        <Text className="dim" size="sm">
          {repo} / {job.branch}
        </Text>
        {start.error && <Alert color="red">{start.error.message}</Alert>}
        <ParameterFields
          definitions={job.parameters}
          values={values}
          set={(name, value) => setValues({ ...values, [name]: value })}
        />
        <Button type="submit" loading={start.isPending}>
          {t('pipelines.start')}
        </Button>
      </Stack>
    </form>
  )
}

export function defaultsOf(definitions: ParameterDefinition[]): Values {
  return Object.fromEntries(definitions.map((entry) => [entry.name, entry.default]))
}

/** A form for the parameters that a Jenkinsfile declares. */
export function ParameterFields(props: {
  definitions: ParameterDefinition[]
  values: Values
  set: (name: string, value: string | boolean) => void
}) {
  return props.definitions.map((entry) => (
    <ParameterField
      key={entry.name}
      definition={entry}
      value={props.values[entry.name] ?? entry.default}
      set={(value) => props.set(entry.name, value)}
    />
  ))
}

function ParameterField(props: {
  definition: ParameterDefinition
  value: string | boolean
  set: (value: string | boolean) => void
}) {
  const { definition, value, set } = props
  const head = { label: definition.name, description: definition.description }
  const text = String(value)
  switch (definition.kind) {
    case 'boolean':
      return (
        <Checkbox
          {...head}
          checked={value === true}
          onChange={(event) => set(event.currentTarget.checked)}
        />
      )
    case 'choice':
      return (
        <Select
          {...head}
          allowDeselect={false}
          data={definition.choices ?? []}
          value={text}
          onChange={(choice) => choice !== null && set(choice)}
        />
      )
    case 'text':
      return (
        <Textarea
          {...head}
          autosize
          minRows={3}
          value={text}
          onChange={(event) => set(event.currentTarget.value)}
        />
      )
    case 'password':
      return (
        <PasswordInput
          {...head}
          value={text}
          onChange={(event) => set(event.currentTarget.value)}
        />
      )
    case 'string':
      return (
        <TextInput {...head} value={text} onChange={(event) => set(event.currentTarget.value)} />
      )
  }
}
