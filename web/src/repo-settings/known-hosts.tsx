import { useState } from 'react'
import { type CallResult, type KnownHost, pipelineSetupEndpoints } from '@madang/api'
import { Text, TextInput } from '@mantine/core'
import type { UseQueryResult } from '@tanstack/react-query'
import { Server } from 'lucide-react'
import { useAction } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { ConfirmButton, FormDialog } from '../ui/dialogs.tsx'
import { Listing, NewButton } from '../ui/listing.tsx'
import { Facts, Section } from '../ui/pieces.tsx'
import type { OfRepo } from './of-repo.ts'

type Of = Pick<OfRepo, 'params'>
type Found = CallResult<typeof pipelineSetupEndpoints.pipelineSshGet>

/** Whom programs of runs believe over SSH. */
export function KnownHosts({ query, params }: { query: UseQueryResult<Found> } & Of) {
  const [isAdding, setAdding] = useState(false)
  return (
    <Section
      title={t('setup.hosts')}
      right={<NewButton isSecondary label={t('setup.hostAdd')} begin={() => setAdding(true)} />}
    >
      <Listing
        query={query}
        items={query.data?.hosts}
        note={t('setup.hostsNote')}
        empty={{
          isSmall: true,
          icon: <Server size={24} />,
          title: t('setup.noHosts'),
          text: t('setup.noHostsText'),
        }}
      >
        {(host) => <HostRow key={host.id} host={host} params={params} />}
      </Listing>
      {isAdding && <HostAdd params={params} close={() => setAdding(false)} />}
    </Section>
  )
}

function HostRow({ host, params }: { host: KnownHost } & Of) {
  const remove = useAction(pipelineSetupEndpoints.knownHostDelete)
  return (
    <div className="row" style={{ flexWrap: 'wrap' }}>
      <Server size={18} className="dim" style={{ flex: 'none' }} />
      <div className="grow" style={{ flexBasis: 220 }}>
        <Text fw={600} className="mono" style={{ overflowWrap: 'anywhere' }}>
          {host.hostname}
        </Text>
        <Text size="sm" className="dim mono" style={{ wordBreak: 'break-all' }}>
          {host.keyType} {host.fingerprint}
        </Text>
      </div>
      <ConfirmButton
        size="xs"
        label={t('ui.delete')}
        text={t('setup.hostRemoveText', { name: host.hostname })}
        run={() => remove.mutate({ params: { ...params, id: host.id } })}
        isBusy={remove.isPending}
      />
    </div>
  )
}

/** Looks first, and is believed only after its key was seen. */
function HostAdd({ params, close }: Of & { close: () => void }) {
  const [host, setHost] = useState('')
  const look = useAction(pipelineSetupEndpoints.hostKeyLook, { quiet: true, stale: [] })
  const add = useAction(pipelineSetupEndpoints.knownHostCreate, { quiet: true, done: close })
  const seen = look.data
  const submit = () => {
    if (!seen) return look.mutate({ params, body: { host } })
    const { hostname, keyType, key } = seen
    add.mutate({ params, body: { hostname, keyType, key } })
  }
  return (
    <FormDialog
      title={t('setup.hostAdd')}
      close={close}
      size="lg"
      label={t(seen ? 'setup.hostAddNow' : 'setup.hostLook')}
      isBusy={look.isPending || add.isPending}
      error={look.error ?? add.error}
      submit={submit}
    >
      <TextInput
        label={t('setup.hostName')}
        description={t('setup.hostHint')}
        required
        data-autofocus
        autoComplete="off"
        value={host}
        onChange={(event) => {
          look.reset()
          setHost(event.currentTarget.value)
        }}
      />
      {seen && (
        <>
          <Text size="sm">{t('setup.hostSeen')}</Text>
          <Facts
            items={[
              [
                seen.keyType,
                <span key="key" className="mono" style={{ wordBreak: 'break-all' }}>
                  {seen.fingerprint}
                </span>,
              ],
            ]}
          />
        </>
      )}
    </FormDialog>
  )
}
