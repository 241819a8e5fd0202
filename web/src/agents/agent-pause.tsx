import { useState } from 'react'
import { type Agent, agentEndpoints } from '@madang/api'
import { Button, Modal, Stack, Text, TextInput } from '@mantine/core'
import { useAction } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'

/** Takes a machine out of service with a reason, and puts it back. */
export function PauseButton({ agent: { name, pause } }: { agent: Agent }) {
  const [isOpen, setOpen] = useState(false)
  const resume = useAction(agentEndpoints.agentResume)
  if (pause) {
    return (
      <Button
        size="xs"
        variant="default"
        loading={resume.isPending}
        onClick={() => resume.mutate({ params: { agent: name } })}
      >
        {t('agents.resume')}
      </Button>
    )
  }
  return (
    <>
      <Button size="xs" variant="default" onClick={() => setOpen(true)}>
        {t('agents.pause')}
      </Button>
      <Modal opened={isOpen} onClose={() => setOpen(false)} title={t('agents.pauseOf', { name })}>
        <PauseForm name={name} done={() => setOpen(false)} />
      </Modal>
    </>
  )
}

function PauseForm({ name, done }: { name: string; done(): void }) {
  const [reason, setReason] = useState('')
  const pause = useAction(agentEndpoints.agentPause)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        pause.mutate({ params: { agent: name }, body: { reason } }, { onSuccess: done })
      }}
    >
      <Stack gap="sm">
        <Text size="sm" className="dim">
          {t('agents.pauseText')}
        </Text>
        <TextInput
          label={t('agents.reason')}
          data-autofocus
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Button type="submit" loading={pause.isPending}>
          {t('agents.pause')}
        </Button>
      </Stack>
    </form>
  )
}
