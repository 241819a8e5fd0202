import { useState } from 'react'
import { codeKeyEndpoints, type SshKey } from '@madang/api'
import { Alert, Text } from '@mantine/core'
import { KeyRound } from 'lucide-react'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { AccountTabs } from '../identity/page-tabs.tsx'
import { Listing, NewButton } from '../ui/listing.tsx'
import { CopyText, Section } from '../ui/pieces.tsx'
import { Loaded, PageHead } from '../ui/states.tsx'
import { KeyAdd, KeyRow } from './key-rows.tsx'

const GENERATE = 'ssh-keygen -t ed25519\ncat ~/.ssh/id_ed25519.pub'

/** `/settings/keys`: the public keys by which git over SSH knows a person. */
export function SshKeysPage() {
  const [isAdding, setAdding] = useState(false)
  const keys = useEndpoint(codeKeyEndpoints.sshKeyList, {})
  return (
    <>
      <AccountTabs />
      <PageHead
        title={t('repo.keysTitle')}
        note={t('repo.keysNote')}
        actions={<NewButton label={t('repo.keyAdd')} begin={() => setAdding(true)} />}
      />
      <Listing
        query={keys}
        items={keys.data?.items}
        empty={{
          icon: <KeyRound size={32} />,
          title: t('repo.noKeys'),
          text: t('repo.noKeysText'),
          action: <CopyText text={GENERATE} label={t('repo.keyMake')} />,
        }}
      >
        {(key) => <OwnKey key={key.id} sshKey={key} />}
      </Listing>
      <HostKeys />
      {isAdding && <OwnKeyAdd close={() => setAdding(false)} />}
    </>
  )
}

function OwnKey({ sshKey }: { sshKey: SshKey }) {
  const remove = useAction(codeKeyEndpoints.sshKeyDelete)
  return (
    <KeyRow
      sshKey={sshKey}
      removeText={t('repo.keyRemoveText', { name: sshKey.label })}
      remove={() => remove.mutate({ params: { id: sshKey.id } })}
      isBusy={remove.isPending}
    />
  )
}

function OwnKeyAdd({ close }: { close: () => void }) {
  const create = useAction(codeKeyEndpoints.sshKeyCreate, { quiet: true, done: close })
  return (
    <KeyAdd
      title={t('repo.keyAdd')}
      close={close}
      submit={({ label, key }) => create.mutate({ body: { label, key } })}
      isBusy={create.isPending}
      error={create.error}
    />
  )
}

/** What ssh asks about at the first connection, to compare it with. */
function HostKeys() {
  const server = useEndpoint(codeKeyEndpoints.sshServerGet, {})
  return (
    <Section title={t('repo.hostKeys')}>
      <Loaded query={server} lines={2}>
        {({ isOn, url, hostKeys }) =>
          isOn && url ? (
            <>
              <Text size="sm" className="dim" mb={8}>
                {t('repo.hostKeysText')}
              </Text>
              <CopyText
                label={t('repo.hostKeys')}
                text={hostKeys
                  .map(({ algorithm, fingerprint }) => `${algorithm}  ${fingerprint}`)
                  .join('\n')}
              />
            </>
          ) : (
            <Alert color="yellow">{t('repo.sshOff')}</Alert>
          )
        }
      </Loaded>
    </Section>
  )
}
