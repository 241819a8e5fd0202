import { useState } from 'react'
import { pipelinesEndpoints, type RunDetail, type RunInput } from '@madang/api'
import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { CirclePause } from 'lucide-react'
import { useAction } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { defaultsOf, ParameterFields } from './run-start.tsx'

/** What an `input` step asks; the run goes on with the answer. */
export function InputPrompt({ run, input }: { run: RunDetail; input: RunInput }) {
  const [values, setValues] = useState(defaultsOf(input.parameters))
  const submit = useAction(pipelinesEndpoints.inputSubmit)
  const params = { project: run.project, run: run.id, input: input.id }
  const answer = (proceed: boolean) =>
    submit.mutate({ params, body: { proceed, parameters: proceed ? values : {} } })
  return (
    <Alert
      color="yellow"
      icon={<CirclePause size={18} />}
      title={t('pipelines.inputTitle')}
      mb="md"
    >
      <Stack gap="sm" maw={520}>
        <Text>{input.message}</Text>
        <ParameterFields
          definitions={input.parameters}
          values={values}
          set={(name, value) => setValues({ ...values, [name]: value })}
        />
        <Group>
          <Button size="sm" loading={submit.isPending} onClick={() => answer(true)}>
            {input.ok || t('pipelines.proceed')}
          </Button>
          <Button size="sm" variant="default" onClick={() => answer(false)}>
            {t('pipelines.stop')}
          </Button>
        </Group>
      </Stack>
    </Alert>
  )
}
