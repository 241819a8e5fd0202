import { useState } from 'react'
import { codeMirrorEndpoints, type Mirror, type MirrorAuth } from '@madang/api'
import { Alert, NumberInput, PasswordInput, Select, Switch, TextInput } from '@mantine/core'
import { useAction } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { FormDialog } from '../ui/dialogs.tsx'
import type { OfRepo } from './of-repo.ts'

const blank = {
  direction: 'pull' as 'pull' | 'push',
  url: '',
  auth: 'none' as MirrorAuth,
  username: '',
  token: '',
  branches: '',
  everyMinutes: 30,
  prune: true,
  overwrite: false,
  isActive: true,
}
type Form = typeof blank

interface Props {
  params: OfRepo['params']
  /** The one to change; a new one where it is missing. */
  mirror: Mirror | undefined
  close: () => void
}

interface Fields {
  form: Form
  set: (part: Partial<Form>) => void
  isNew: boolean
}

export function MirrorForm({ params, mirror, close }: Props) {
  const [form, setForm] = useState<Form>(mirror ? { ...blank, ...asForm(mirror) } : blank)
  const create = useAction(codeMirrorEndpoints.mirrorCreate, { quiet: true, done: close })
  const update = useAction(codeMirrorEndpoints.mirrorUpdate, { quiet: true, done: close })
  const fields = {
    form,
    set: (part: Partial<Form>) => setForm({ ...form, ...part }),
    isNew: mirror === undefined,
  }
  const submit = () => {
    if (!mirror) return create.mutate({ params, body: form })
    const { direction: _direction, url: _url, auth, username, token, ...settings } = form
    const login = auth === 'token' ? { username, ...(token && { token }) } : {}
    update.mutate({ params: { ...params, mirror: mirror.id }, body: { ...settings, ...login } })
  }
  return (
    <FormDialog
      title={t(mirror ? 'mirror.edit' : 'mirror.add')}
      close={close}
      size="lg"
      label={t('ui.save')}
      isBusy={create.isPending || update.isPending}
      error={create.error ?? update.error}
      submit={submit}
    >
      <Where {...fields} />
      <What {...fields} />
    </FormDialog>
  )
}

const asForm = (mirror: Mirror): Partial<Form> => {
  const { direction, url, auth, username = '', branches, everyMinutes } = mirror
  const { prune, overwrite, isActive } = mirror
  return { direction, url, auth, username, branches, everyMinutes, prune, overwrite, isActive }
}

/** Which repository, and how we sign in there: another address is another mirror. */
function Where({ form, set, isNew }: Fields) {
  return (
    <>
      <Select
        label={t('mirror.direction')}
        allowDeselect={false}
        disabled={!isNew}
        data={(['pull', 'push'] as const).map((value) => ({ value, label: t(`mirror.${value}`) }))}
        value={form.direction}
        onChange={(value) => set({ direction: value as Form['direction'] })}
      />
      <TextInput
        label={t('mirror.url')}
        placeholder="https://git.example.com/repository.git"
        required
        data-autofocus={isNew || undefined}
        disabled={!isNew}
        value={form.url}
        onChange={(event) => set({ url: event.currentTarget.value })}
      />
      <Select
        label={t('mirror.auth')}
        allowDeselect={false}
        disabled={!isNew}
        data={(['none', 'token', 'sshKey'] as const).map((value) => ({
          value,
          label: t(`mirror.auth_${value}`),
        }))}
        value={form.auth}
        onChange={(value) => set({ auth: value as MirrorAuth })}
      />
      {isNew && form.auth === 'sshKey' && <Alert>{t('mirror.sshHint')}</Alert>}
      {form.auth === 'token' && <Login form={form} set={set} isNew={isNew} />}
    </>
  )
}

function Login({ form, set, isNew }: Fields) {
  return (
    <>
      <TextInput
        label={t('mirror.username')}
        autoComplete="off"
        value={form.username}
        onChange={(event) => set({ username: event.currentTarget.value })}
      />
      <PasswordInput
        label={t('mirror.token')}
        description={isNew ? undefined : t('mirror.tokenKept')}
        required={isNew}
        autoComplete="off"
        value={form.token}
        onChange={(event) => set({ token: event.currentTarget.value })}
      />
    </>
  )
}

function What({ form, set, isNew }: Fields) {
  return (
    <>
      <TextInput
        label={t('mirror.branches')}
        description={t('mirror.branchesHint')}
        placeholder="main, release/*"
        value={form.branches}
        onChange={(event) => set({ branches: event.currentTarget.value })}
      />
      {form.direction === 'pull' && (
        <NumberInput
          label={t('mirror.every')}
          description={t('mirror.everyHint')}
          min={0}
          max={10_080}
          value={form.everyMinutes}
          onChange={(value) => set({ everyMinutes: Number(value) || 0 })}
        />
      )}
      <Switch
        label={t('mirror.prune')}
        checked={form.prune}
        onChange={(event) => set({ prune: event.currentTarget.checked })}
      />
      <Switch
        label={t('mirror.overwrite')}
        checked={form.overwrite}
        onChange={(event) => set({ overwrite: event.currentTarget.checked })}
      />
      {!isNew && (
        <Switch
          label={t('mirror.isActive')}
          checked={form.isActive}
          onChange={(event) => set({ isActive: event.currentTarget.checked })}
        />
      )}
    </>
  )
}
