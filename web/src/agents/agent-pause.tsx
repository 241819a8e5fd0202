import { useState } from 'react'
import { type Agent, agentEndpoints } from '@madang/api'
import { Button, Text, TextInput } from '@mantine/core'
import { useAction } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { FormDialog } from '../ui/dialogs.tsx'

/** Takes a machine out of service with a reason, and puts it back. */
export function PauseButton({ agent: { name, pause } }: { agent: Agent }) {
  const [isOpen, setOpen] = useState(false)
  const resume = useAction(agentEndpoints.agentResume)
  return (
    <>
      <Button
        size="xs"
        variant="default"
        loading={resume.isPending}
        onClick={() => (pause ? resume.mutate({ params: { agent: name } }) : setOpen(true))}
      >
        {t(pause ? 'agents.resume' : 'agents.pause')}
      </Button>
      {isOpen && <PauseDialog name={name} close={() => setOpen(false)} />}
    </>
  )
}

function PauseDialog({ name, close }: { name: string; close: () => void }) {
  const [reason, setReason] = useState('')
  const pause = useAction(agentEndpoints.agentPause, { quiet: true, done: close })
  return (
    <FormDialog
      title={t('agents.pauseOf', { name })}
      close={close}
      submit={() => pause.mutate({ params: { agent: name }, body: { reason } })}
      label={t('agents.pause')}
      isBusy={pause.isPending}
      error={pause.error}
    >
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
    </FormDialog>
  )
}
