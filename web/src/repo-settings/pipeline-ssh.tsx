import { useState } from 'react'
import { pipelineSetupEndpoints } from '@madang/api'
import { Button, Group, Text, Textarea } from '@mantine/core'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { ConfirmButton, FormDialog } from '../ui/dialogs.tsx'
import { CopyText, Section } from '../ui/pieces.tsx'
import { Loaded } from '../ui/states.tsx'
import { KnownHosts } from './known-hosts.tsx'
import type { OfRepo } from './of-repo.ts'

/** What runs of this repository log in with elsewhere, and whom they believe there. */
export function PipelineSsh({ params }: OfRepo) {
  const query = useEndpoint(pipelineSetupEndpoints.pipelineSshGet, { params })
  return (
    <>
      <Section title={t('setup.ssh')}>
        <Text size="sm" className="dim" mb={8}>
          {t('setup.sshNote')}
        </Text>
        <Loaded query={query} lines={2}>
          {({ publicKey }) => <KeyPair publicKey={publicKey} params={params} />}
        </Loaded>
      </Section>
      <KnownHosts query={query} params={params} />
    </>
  )
}

function KeyPair({ publicKey, params }: { publicKey?: string | undefined } & Of) {
  const [isOwn, setOwn] = useState(false)
  const make = useAction(pipelineSetupEndpoints.pipelineKeyPut)
  const remove = useAction(pipelineSetupEndpoints.pipelineKeyDelete)
  return (
    <div className="card" style={{ padding: 16 }}>
      <Text size="sm" mb="sm">
        {t(publicKey ? 'setup.pairHint' : 'setup.noPair')}
      </Text>
      {publicKey && <CopyText text={publicKey} label={t('setup.publicKey')} />}
      <Group gap={8} mt="sm">
        {publicKey ? (
          <ConfirmButton
            size="xs"
            label={t('ui.delete')}
            text={t('setup.pairRemoveText')}
            run={() => remove.mutate({ params })}
            isBusy={remove.isPending}
          />
        ) : (
          <>
            <Button
              variant="default"
              loading={make.isPending}
              onClick={() => make.mutate({ params, body: {} })}
            >
              {t('setup.pairMake')}
            </Button>
            <Button variant="default" onClick={() => setOwn(true)}>
              {t('setup.pairOwn')}
            </Button>
          </>
        )}
      </Group>
      {isOwn && <OwnPair params={params} close={() => setOwn(false)} />}
    </div>
  )
}

type Of = Pick<OfRepo, 'params'>

function OwnPair({ params, close }: Of & { close: () => void }) {
  const [privateKey, setPrivateKey] = useState('')
  const put = useAction(pipelineSetupEndpoints.pipelineKeyPut, { quiet: true, done: close })
  return (
    <FormDialog
      title={t('setup.pairOwn')}
      close={close}
      size="lg"
      label={t('ui.save')}
      isBusy={put.isPending}
      error={put.error}
      submit={() => put.mutate({ params, body: { privateKey } })}
    >
      <Textarea
        label={t('setup.privateKey')}
        description={t('setup.privateKeyHint')}
        placeholder="-----BEGIN OPENSSH PRIVATE KEY-----"
        required
        data-autofocus
        autosize
        minRows={6}
        maxRows={14}
        spellCheck={false}
        autoComplete="off"
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
        value={privateKey}
        onChange={(event) => setPrivateKey(event.currentTarget.value)}
      />
    </FormDialog>
  )
}
