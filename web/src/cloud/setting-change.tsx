import { type ReactNode, useState } from 'react'
import type { ConsoleChange, ConsoleService } from '@madang/api'
import { Button, Select, Textarea, TextInput } from '@mantine/core'
import { Settings2 } from 'lucide-react'
import { FormDialog } from '../ui/dialogs.tsx'
import { useMay } from '../ui/role.ts'
import { useChange } from './operate.ts'

export interface SettingField {
  name: string
  label: string
  hint?: string
  /** As it stands; the form begins with it. */
  value: string
  kind?: 'number' | 'json' | { value: string; label: string }[]
}

interface Props {
  label: string
  service: ConsoleService
  operation: ConsoleChange<ConsoleService>
  fields: SettingField[]
  /** AWS's input from what was typed. */
  input: (values: Record<string, string>) => Record<string, unknown>
  size?: string
}

/** A button that opens a form over some settings of one thing and changes them by one AWS operation. */
export function SettingChange(props: Props) {
  const [isOpen, setOpen] = useState(false)
  const mayChange = useMay('developer')
  if (!mayChange) return null
  return (
    <>
      <Button
        variant="default"
        size={props.size ?? 'sm'}
        style={{ flex: 'none' }}
        leftSection={<Settings2 size={props.size ? 14 : 16} />}
        onClick={() => setOpen(true)}
      >
        {props.label}
      </Button>
      {isOpen && <SettingForm {...props} close={() => setOpen(false)} />}
    </>
  )
}

function SettingForm({
  label,
  service,
  operation,
  fields,
  input,
  close,
}: Props & { close: () => void }) {
  const [values, setValues] = useState(
    Object.fromEntries(fields.map(({ name, value }) => [name, value])),
  )
  const change = useChange(service, operation, { quiet: true, done: close })
  return (
    <FormDialog
      title={label}
      close={close}
      label={label}
      isBusy={change.isPending}
      error={change.error}
      submit={() => change.mutate(input(values))}
    >
      {fields.map((field) => (
        <Field
          key={field.name}
          field={field}
          value={values[field.name] ?? ''}
          set={(value) => setValues({ ...values, [field.name]: value })}
        />
      ))}
    </FormDialog>
  )
}

interface FieldProps {
  field: SettingField
  value: string
  set: (value: string) => void
}

function Field({ field, value, set }: FieldProps) {
  const { label, hint, kind } = field
  const head = { label, description: hint, value }
  if (Array.isArray(kind)) {
    return (
      <Select {...head} data={kind} allowDeselect={false} onChange={(next) => set(next ?? '')} />
    )
  }
  if (kind === 'json') {
    return (
      <Textarea
        {...head}
        autosize
        minRows={4}
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
        onChange={(event) => set(event.currentTarget.value)}
      />
    )
  }
  return (
    <TextInput
      {...head}
      inputMode={kind === 'number' ? 'numeric' : 'text'}
      onChange={(event) => set(event.currentTarget.value)}
    />
  )
}

/** What only those who may change the cloud are shown. */
export function ForChangers({ children }: { children: ReactNode }) {
  return useMay('developer') ? children : null
}
