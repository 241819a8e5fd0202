import { useState } from 'react'
import { codeEndpoints, type Hook } from '@madang/api'
import {
  Alert,
  Button,
  Checkbox,
  Group,
  Input,
  Modal,
  PasswordInput,
  SegmentedControl,
  SimpleGrid,
  Stack,
  Switch,
  TextInput,
} from '@mantine/core'
import { useAction } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { FormDialog } from '../ui/dialogs.tsx'
import { CopyText } from '../ui/pieces.tsx'
import { eventText, hookEvents } from './hook-events.ts'

interface Props {
  params: { project: string; repo: string }
  /** The one to change; a new one where it is missing. */
  hook: Hook | undefined
  close: () => void
}

type Signing = 'keep' | 'made' | 'own' | 'none'

export function HookForm({ params, hook, close }: Props) {
  const [form, setForm] = useState({
    url: hook?.url ?? '',
    description: hook?.description ?? '',
    isActive: hook?.isActive ?? true,
    events: hook?.events ?? ['repo:push'],
  })
  const [signing, setSigning] = useState<Signing>(
    hook ? (hook.hasSecret ? 'keep' : 'none') : 'made',
  )
  const [own, setOwn] = useState('')
  const [made] = useState(newSecret)
  const done = () => signing !== 'made' && close()
  const create = useAction(codeEndpoints.hookCreate, { quiet: true, done })
  const update = useAction(codeEndpoints.hookUpdate, { quiet: true, done })
  if (create.isSuccess || update.isSuccess) return <SecretShown secret={made} close={close} />
  const submit = () => {
    const secret = { keep: undefined, made, own, none: null }[signing]
    const body = { ...form, ...(secret === undefined ? {} : { secret }) }
    if (hook) update.mutate({ params: { ...params, hook: hook.id }, body })
    else create.mutate({ params, body })
  }
  return (
    <FormDialog
      title={t(hook ? 'repo.hookEdit' : 'repo.hookAdd')}
      close={close}
      size="lg"
      label={t('ui.save')}
      isBusy={create.isPending || update.isPending}
      error={create.error ?? update.error}
      submit={submit}
    >
      <TextInput
        label={t('repo.hookUrl')}
        description={t('repo.hookUrlHint')}
        placeholder="https://example.com/hook"
        type="url"
        required
        data-autofocus
        value={form.url}
        onChange={(event) => setForm({ ...form, url: event.currentTarget.value })}
      />
      <TextInput
        label={t('identity.description')}
        maxLength={255}
        value={form.description}
        onChange={(event) => setForm({ ...form, description: event.currentTarget.value })}
      />
      <Events value={form.events} onChange={(events) => setForm({ ...form, events })} />
      <SigningChoice hook={hook} value={signing} onChange={setSigning} />
      {signing === 'own' && (
        <PasswordInput
          label={t('repo.secretOwn')}
          required
          maxLength={200}
          autoComplete="off"
          value={own}
          onChange={(event) => setOwn(event.currentTarget.value)}
        />
      )}
      <Switch
        label={t('repo.hookActive')}
        checked={form.isActive}
        onChange={(event) => setForm({ ...form, isActive: event.currentTarget.checked })}
      />
    </FormDialog>
  )
}

interface SigningProps {
  hook: Hook | undefined
  value: Signing
  onChange: (signing: Signing) => void
}

function SigningChoice({ hook, value, onChange }: SigningProps) {
  const offered: Signing[] = [
    ...(hook?.hasSecret ? (['keep'] as const) : []),
    'made',
    'own',
    'none',
  ]
  return (
    <div>
      <Input.Label>{t('repo.secret')}</Input.Label>
      <Input.Description>{t('repo.secretHint')}</Input.Description>
      <SegmentedControl
        mt={6}
        size="xs"
        style={{ flexWrap: 'wrap' }}
        aria-label={t('repo.secret')}
        data={offered.map((each) => ({ value: each, label: t(`repo.secret_${each}`) }))}
        value={value}
        onChange={(next) => onChange(next as Signing)}
      />
    </div>
  )
}

function Events(props: { value: string[]; onChange: (events: string[]) => void }) {
  return (
    <Checkbox.Group label={t('repo.hookEvents')} value={props.value} onChange={props.onChange}>
      {(['repo', 'pullrequest'] as const).map((kind) => (
        <SimpleGrid key={kind} cols={{ base: 1, xs: 2 }} spacing={6} mt={10}>
          {hookEvents[kind].map((name) => (
            <Checkbox
              key={name}
              size="xs"
              value={`${kind}:${name}`}
              label={eventText(`${kind}:${name}`)}
            />
          ))}
        </SimpleGrid>
      ))}
    </Checkbox.Group>
  )
}

/** 256 bits, as long as what they are hashed to. */
function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

function SecretShown({ secret, close }: { secret: string; close: () => void }) {
  return (
    <Modal opened onClose={close} title={t('repo.secret')} size="lg">
      <Stack gap="sm">
        <Alert color="yellow">{t('repo.secretOnce')}</Alert>
        <CopyText text={secret} label={t('repo.secret')} />
        <Group justify="flex-end">
          <Button onClick={close}>{t('ui.close')}</Button>
        </Group>
      </Stack>
    </Modal>
  )
}
