import { type ReactNode, useState } from 'react'
import { ActionIcon, Alert, Button, Group, Modal, Stack, Text } from '@mantine/core'
import { Trash2 } from 'lucide-react'
import { t } from '../i18n/index.ts'

interface FormProps {
  title: string
  /** True unless told: most forms are made when they open, so that each begins empty. */
  isOpen?: boolean
  close: () => void
  submit: () => void
  label: string
  isBusy: boolean
  error?: Error | null
  size?: string
  children: ReactNode
  /** False while something is missing that no text beside it could say: it can't be sent then. */
  isComplete?: boolean
}

/** A form in a dialog; a refusal stays in sight with what was typed. */
export function FormDialog(props: FormProps) {
  return (
    <Modal
      opened={props.isOpen ?? true}
      onClose={props.close}
      title={props.title}
      size={props.size ?? 'md'}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          props.submit()
        }}
      >
        <Stack gap="sm">
          {props.error && <Alert color="red">{props.error.message}</Alert>}
          {props.children}
          <Group justify="flex-end" mt="xs">
            <Button variant="default" onClick={props.close}>
              {t('ui.cancel')}
            </Button>
            <Button type="submit" loading={props.isBusy} disabled={props.isComplete === false}>
              {props.label}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

interface ConfirmProps {
  /** What will be gone, and that it cannot be had back. */
  text: string
  /** Of the button, and of the one that does it. */
  label: string
  run: () => void
  isBusy: boolean
  size?: string
  /** What it is about, where each row of a list has one: a sign alone, which is called by both. */
  of?: string
}

/** A button that asks once more before something is gone. */
export function ConfirmButton({ text, label, run, isBusy, size = 'sm', of }: ConfirmProps) {
  const [isOpen, setOpen] = useState(false)
  const sign = <Trash2 size={size === 'sm' ? 16 : 14} />
  const given = { variant: 'default', onClick: () => setOpen(true), loading: isBusy }
  return (
    <>
      {of === undefined ? (
        <Button {...given} size={size} leftSection={sign}>
          {label}
        </Button>
      ) : (
        <ActionIcon {...given} size="lg" aria-label={`${label}: ${of}`}>
          {sign}
        </ActionIcon>
      )}
      <Modal opened={isOpen} onClose={() => setOpen(false)} title={label}>
        <Text>{text}</Text>
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={() => setOpen(false)} data-autofocus>
            {t('ui.cancel')}
          </Button>
          <Button
            color="red"
            onClick={() => {
              setOpen(false)
              run()
            }}
          >
            {label}
          </Button>
        </Group>
      </Modal>
    </>
  )
}
