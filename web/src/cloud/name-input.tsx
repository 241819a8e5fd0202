import { TextInput } from '@mantine/core'
import { t } from '../i18n/index.ts'

/** What a new thing is called: the first field of its form, where typing begins. */
export function NameInput(props: {
  label?: string
  hint?: string
  name: string
  set: (name: string) => void
}) {
  return (
    <TextInput
      label={props.label ?? t('console.name')}
      description={props.hint}
      required
      data-autofocus
      value={props.name}
      onChange={(event) => props.set(event.currentTarget.value)}
    />
  )
}
