import { useState } from 'react'
import { pipelinesEndpoints, type Run, type RunDetail } from '@madang/api'
import { useNavigate } from '@tanstack/react-router'
import { Alert, Button, Group, Modal, Radio, Stack, Text, Textarea } from '@mantine/core'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Loaded } from '../ui/states.tsx'

/** Goes to the run that an action has begun. */
export function useOpenRun(): (run: Run) => void {
  const navigate = useNavigate()
  return ({ project, repo, branch, number }) => {
    const params = { project, job: `${repo}/${branch}`, number: String(number) }
    void navigate({ to: '/p/$project/pipelines/$job/$number', params })
  }
}

interface Props {
  run: RunDetail
  close: () => void
}

/** The Jenkinsfile a run ran, to edit and run again on the same commit; nothing is committed. */
export function ReplayDialog({ run, close }: Props) {
  const params = { project: run.project, run: run.id }
  const query = useEndpoint(pipelinesEndpoints.runJenkinsfile, { params })
  return (
    <Modal opened onClose={close} size="xl" title={t('pipelines.replay')}>
      <Text size="sm" className="dim" mb="sm">
        {t('pipelines.replayNote', { commit: run.commit.slice(0, 8) })}
      </Text>
      <Loaded query={query} lines={8}>
        {({ jenkinsfile }) => <ReplayForm run={run} jenkinsfile={jenkinsfile} close={close} />}
      </Loaded>
    </Modal>
  )
}

function ReplayForm({ run, jenkinsfile, close }: Props & { jenkinsfile: string }) {
  const [text, setText] = useState(jenkinsfile)
  const openRun = useOpenRun()
  const params = { project: run.project, run: run.id }
  const check = useAction(pipelinesEndpoints.jenkinsfileValidate, { quiet: true, stale: [] })
  const replay = useAction(pipelinesEndpoints.runReplay, {
    quiet: true,
    done: (next) => {
      close()
      openRun(next)
    },
  })
  const error = replay.error ?? check.error
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        replay.mutate({ params, body: { jenkinsfile: text } })
      }}
    >
      <Stack gap="sm">
        {error && <Alert color="red">{error.message}</Alert>}
        <Textarea
          data-autofocus
          label="Jenkinsfile"
          autosize
          minRows={14}
          maxRows={26}
          spellCheck={false}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {check.data && <Findings {...check.data} />}
        <Group justify="flex-end">
          <Button
            variant="default"
            loading={check.isPending}
            onClick={() =>
              check.mutate({ params: { project: run.project }, body: { jenkinsfile: text } })
            }
          >
            {t('pipelines.check')}
          </Button>
          <Button type="submit" loading={replay.isPending} disabled={text.trim() === ''}>
            {t('pipelines.replayStart')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

interface Found {
  isValid: boolean
  findings: { message: string; line: number; column: number }[]
}

function Findings({ isValid, findings }: Found) {
  if (isValid) return <Alert color="celadon">{t('pipelines.checkFine')}</Alert>
  return (
    <Alert color="red">
      {findings.map((it) => (
        <Text key={`${it.line}:${it.column} ${it.message}`} size="sm">
          {t('pipelines.checkAt', { line: it.line, column: it.column })} {it.message}
        </Text>
      ))}
    </Alert>
  )
}

/** Begins anew with one of the top-level stages; what came before it is taken from this run. */
export function RestartDialog({ run, close }: Props) {
  const [stage, setStage] = useState<string>()
  const openRun = useOpenRun()
  const params = { project: run.project, run: run.id }
  const query = useEndpoint(pipelinesEndpoints.runJenkinsfile, { params })
  const restart = useAction(pipelinesEndpoints.runRestart, {
    quiet: true,
    done: (next) => {
      close()
      openRun(next)
    },
  })
  return (
    <Modal opened onClose={close} title={t('pipelines.restart')}>
      <Text size="sm" className="dim" mb="md">
        {t('pipelines.restartNote')}
      </Text>
      {restart.error && (
        <Alert color="red" mb="sm">
          {restart.error.message}
        </Alert>
      )}
      <Loaded query={query} lines={3}>
        {({ stages }) =>
          stages.length === 0 ? (
            <Text>{t('pipelines.restartNone')}</Text>
          ) : (
            <form
              onSubmit={(event) => {
                event.preventDefault()
                if (stage !== undefined) restart.mutate({ params, body: { stage } })
              }}
            >
              <Radio.Group
                label={t('pipelines.restartFrom')}
                value={stage ?? null}
                onChange={setStage}
              >
                <Stack gap={8} mt={8}>
                  {stages.map((name) => (
                    <Radio key={name} value={name} label={name} />
                  ))}
                </Stack>
              </Radio.Group>
              <Group justify="flex-end" mt="md">
                <Button type="submit" disabled={stage === undefined} loading={restart.isPending}>
                  {t('pipelines.restartStart')}
                </Button>
              </Group>
            </form>
          )
        }
      </Loaded>
    </Modal>
  )
}
