import { useState } from 'react'
import { codeMirrorEndpoints, type MirrorAuth } from '@madang/api'
import { Alert, NumberInput, PasswordInput, Select, Switch, TextInput } from '@mantine/core'
import { useAction } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { FormDialog } from '../ui/dialogs.tsx'
import type { OfRepo } from './settings-page.tsx'

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
}

export function MirrorForm({ params, close }: { params: OfRepo['params']; close: () => void }) {
  const [form, setForm] = useState(blank)
  const set = (part: Partial<typeof blank>) => setForm({ ...form, ...part })
  const create = useAction(codeMirrorEndpoints.mirrorCreate, { quiet: true, done: close })
  return (
    <FormDialog
      title={t('mirror.add')}
      isOpen
      close={close}
      size="lg"
      label={t('ui.save')}
      isBusy={create.isPending}
      error={create.error}
      submit={() => create.mutate({ params, body: form })}
    >
      <Select
        label={t('mirror.direction')}
        allowDeselect={false}
        data={(['pull', 'push'] as const).map((value) => ({ value, label: t(`mirror.${value}`) }))}
        value={form.direction}
        onChange={(value) => set({ direction: value as 'pull' | 'push' })}
      />
      <TextInput
        label={t('mirror.url')}
        placeholder="https://git.example.com/repository.git"
        required
        data-autofocus
        value={form.url}
        onChange={(event) => set({ url: event.currentTarget.value })}
      />
      <Select
        label={t('mirror.auth')}
        allowDeselect={false}
        data={(['none', 'token', 'sshKey'] as const).map((value) => ({
          value,
          label: t(`mirror.auth_${value}`),
        }))}
        value={form.auth}
        onChange={(value) => set({ auth: value as MirrorAuth })}
      />
      {form.auth === 'sshKey' && <Alert>{t('mirror.sshHint')}</Alert>}
      {form.auth === 'token' && (
        <>
          <TextInput
            label={t('mirror.username')}
            autoComplete="off"
            value={form.username}
            onChange={(event) => set({ username: event.currentTarget.value })}
          />
          <PasswordInput
            label={t('mirror.token')}
            required
            autoComplete="off"
            value={form.token}
            onChange={(event) => set({ token: event.currentTarget.value })}
          />
        </>
      )}
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
    </FormDialog>
  )
}
