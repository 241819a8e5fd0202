import { useState } from 'react'
import { codeKeyEndpoints, type SshKey } from '@madang/api'
import { Alert, Button, Text } from '@mantine/core'
import { KeyRound, Plus } from 'lucide-react'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { AccountTabs } from '../identity/page-tabs.tsx'
import { CopyText, Section } from '../ui/pieces.tsx'
import { Empty, Loaded, PageHead } from '../ui/states.tsx'
import { KeyAdd, KeyRow } from './key-rows.tsx'

/** `/settings/keys`: the public keys by which git over SSH knows a person. */
export function SshKeysPage() {
  const [isAdding, setAdding] = useState(false)
  const keys = useEndpoint(codeKeyEndpoints.sshKeyList, {})
  const add = (
    <Button leftSection={<Plus size={16} />} onClick={() => setAdding(true)}>
      {t('repo.keyAdd')}
    </Button>
  )
  return (
    <>
      <AccountTabs />
      <PageHead title={t('repo.keysTitle')} note={t('repo.keysNote')} actions={add} />
      <Loaded query={keys}>
        {({ items }) =>
          items.length === 0 ? (
            <div className="card">
              <Empty
                icon={<KeyRound size={32} />}
                title={t('repo.noKeys')}
                text={t('repo.noKeysText')}
                action={
                  <CopyText
                    text={'ssh-keygen -t ed25519\ncat ~/.ssh/id_ed25519.pub'}
                    label={t('repo.keyMake')}
                  />
                }
              />
            </div>
          ) : (
            <div className="card rows">
              {items.map((key) => (
                <OwnKey key={key.id} sshKey={key} />
              ))}
            </div>
          )
        }
      </Loaded>
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
