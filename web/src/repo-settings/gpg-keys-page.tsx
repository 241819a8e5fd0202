import { useState } from 'react'
import { codeSigningEndpoints, type GpgKey } from '@madang/api'
import { Badge, Group, Text, Textarea } from '@mantine/core'
import { FileSignature } from 'lucide-react'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { AccountTabs } from '../identity/page-tabs.tsx'
import { ConfirmButton, FormDialog } from '../ui/dialogs.tsx'
import { Listing, NewButton } from '../ui/listing.tsx'
import { CopyText, Section } from '../ui/pieces.tsx'
import { Loaded, PageHead } from '../ui/states.tsx'
import { dayText } from '../ui/time.tsx'

const EXPORT = 'gpg --full-generate-key\ngpg --armor --export me@example.com'

/** `/settings/gpg-keys`: the public keys by which a person's signed commits are known. */
export function GpgKeysPage() {
  const [isAdding, setAdding] = useState(false)
  const keys = useEndpoint(codeSigningEndpoints.gpgKeyList, {})
  return (
    <>
      <AccountTabs />
      <PageHead
        title={t('repo.gpgTitle')}
        note={t('repo.gpgNote')}
        actions={<NewButton label={t('repo.gpgAdd')} begin={() => setAdding(true)} />}
      />
      <Listing
        query={keys}
        items={keys.data?.items}
        empty={{
          icon: <FileSignature size={32} />,
          title: t('repo.noGpg'),
          text: t('repo.noGpgText'),
          action: <CopyText text={EXPORT} label={t('repo.gpgMake')} />,
        }}
      >
        {(key) => <GpgKeyRow key={key.id} gpgKey={key} />}
      </Listing>
      <SigningKey />
      {isAdding && <GpgKeyAdd close={() => setAdding(false)} />}
    </>
  )
}

/** Groups of four, as gpg prints a fingerprint. */
const grouped = (hex: string) => hex.replace(/(.{4})(?=.)/g, '$1 ')

function GpgKeyRow({ gpgKey }: { gpgKey: GpgKey }) {
  const { id, userIds, fingerprint, algorithm, createdAt, expiresAt } = gpgKey
  const remove = useAction(codeSigningEndpoints.gpgKeyDelete)
  const [nowMs] = useState(Date.now)
  const [name = fingerprint] = userIds
  const isOver = expiresAt !== undefined && Date.parse(expiresAt) < nowMs
  const made = t('repo.gpgMade', { day: dayText(createdAt) })
  const until = expiresAt ? t('repo.gpgUntil', { day: dayText(expiresAt) }) : t('repo.gpgForever')
  return (
    <div className="row" style={{ flexWrap: 'wrap' }}>
      <FileSignature size={18} className="dim" style={{ flex: 'none' }} />
      <div className="grow" style={{ flexBasis: 220 }}>
        <Group gap={8}>
          <Text fw={600}>{name}</Text>
          {isOver && <Badge color="yellow">{t('repo.gpgOver')}</Badge>}
        </Group>
        {userIds.slice(1).map((userId) => (
          <Text key={userId} size="sm">
            {userId}
          </Text>
        ))}
        <Text size="sm" className="dim mono" style={{ wordBreak: 'break-word' }}>
          {grouped(fingerprint)}
        </Text>
        <Text size="sm" className="dim">
          {algorithm} · {made} · {until}
        </Text>
      </div>
      <ConfirmButton
        size="xs"
        label={t('ui.delete')}
        text={t('repo.gpgRemoveText', { name })}
        run={() => remove.mutate({ params: { id } })}
        isBusy={remove.isPending}
      />
    </div>
  )
}

function GpgKeyAdd({ close }: { close: () => void }) {
  const [key, setKey] = useState('')
  const create = useAction(codeSigningEndpoints.gpgKeyCreate, { quiet: true, done: close })
  return (
    <FormDialog
      title={t('repo.gpgAdd')}
      close={close}
      size="lg"
      label={t('repo.keyAddNow')}
      isBusy={create.isPending}
      error={create.error}
      submit={() => create.mutate({ body: { key } })}
    >
      <Textarea
        label={t('repo.keyText')}
        description={t('repo.gpgHint')}
        placeholder="-----BEGIN PGP PUBLIC KEY BLOCK-----"
        required
        data-autofocus
        autosize
        minRows={6}
        maxRows={14}
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
        value={key}
        onChange={(event) => setKey(event.currentTarget.value)}
      />
    </FormDialog>
  )
}

/** What merges and edits made in the pages are signed with, for whoever checks them outside. */
function SigningKey() {
  const key = useEndpoint(codeSigningEndpoints.signingKeyGet, {})
  return (
    <Section title={t('repo.serverSigning')}>
      <Loaded query={key} lines={2}>
        {(server) => (
          <>
            <Text size="sm" className="dim" mb={8}>
              {t('repo.serverSigningText')}
            </Text>
            <CopyText label={t('repo.serverSigning')} text={server.key} />
          </>
        )}
      </Loaded>
    </Section>
  )
}
