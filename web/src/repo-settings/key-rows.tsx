import { type ReactNode, useState } from 'react'
import type { SshKey } from '@madang/api'
import { Group, Stack, Switch, Text, Textarea, TextInput } from '@mantine/core'
import { KeyRound } from 'lucide-react'
import { t } from '../i18n/index.ts'
import { ConfirmButton, FormDialog } from '../ui/dialogs.tsx'
import { agoText } from '../ui/time.tsx'

interface RowProps {
  sshKey: SshKey
  mark?: ReactNode
  /** What stops working with it. */
  removeText: string
  /** Missing where the reader may not. */
  remove?: () => void
  isBusy: boolean
}

/** One public key: by what one tells it from the others, and whether anybody still uses it. */
export function KeyRow({ sshKey, mark, removeText, remove, isBusy }: RowProps) {
  const used = sshKey.usedAt
    ? t('identity.lastUsed', { when: agoText(sshKey.usedAt) })
    : t('identity.neverUsed')
  const kind = t('repo.keyKind', { algorithm: sshKey.algorithm, bits: sshKey.bits })
  return (
    <div className="row" style={{ flexWrap: 'wrap' }}>
      <KeyRound size={18} className="dim" style={{ flex: 'none' }} />
      <div className="grow" style={{ flexBasis: 220 }}>
        <Group gap={8}>
          <Text fw={600}>{sshKey.label}</Text>
          {mark}
        </Group>
        <Text size="sm" className="dim mono" style={{ wordBreak: 'break-all' }}>
          {sshKey.fingerprint}
        </Text>
        <Text size="sm" className="dim">
          {kind} · {used}
        </Text>
      </div>
      {remove && (
        <ConfirmButton
          size="xs"
          label={t('ui.delete')}
          text={removeText}
          run={remove}
          isBusy={isBusy}
        />
      )}
    </div>
  )
}

export interface KeyGiven {
  label: string
  key: string
  canWrite: boolean
}

interface AddProps {
  title: string
  close: () => void
  submit: (given: KeyGiven) => void
  isBusy: boolean
  error: Error | null
  /** A key of a machine may be one that only reads. */
  asksForWrite?: boolean
}

export function KeyAdd({ title, close, submit, isBusy, error, asksForWrite }: AddProps) {
  const [given, setGiven] = useState<KeyGiven>({ label: '', key: '', canWrite: false })
  return (
    <FormDialog
      title={title}
      close={close}
      size="lg"
      label={t('repo.keyAddNow')}
      isBusy={isBusy}
      error={error}
      submit={() => submit(given)}
    >
      <Stack gap="sm">
        <Textarea
          label={t('repo.keyText')}
          description={t('repo.keyHint')}
          placeholder="ssh-ed25519 AAAA… name@laptop"
          required
          data-autofocus
          autosize
          minRows={3}
          maxRows={8}
          spellCheck={false}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
          value={given.key}
          onChange={(event) => setGiven({ ...given, key: event.currentTarget.value })}
        />
        <TextInput
          label={t('repo.keyLabel')}
          description={t('repo.keyLabelHint')}
          value={given.label}
          onChange={(event) => setGiven({ ...given, label: event.currentTarget.value })}
        />
        {asksForWrite && (
          <Switch
            label={t('repo.keyWrite')}
            description={t('repo.keyWriteHint')}
            checked={given.canWrite}
            onChange={(event) => setGiven({ ...given, canWrite: event.currentTarget.checked })}
          />
        )}
      </Stack>
    </FormDialog>
  )
}
