import { useState } from 'react'
import { codeKeyEndpoints, type DeployKey } from '@madang/api'
import { Badge } from '@mantine/core'
import { KeyRound } from 'lucide-react'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Listing, NewButton } from '../ui/listing.tsx'
import { Section } from '../ui/pieces.tsx'
import { KeyAdd, KeyRow } from './key-rows.tsx'
import type { OfRepo } from './of-repo.ts'

/** Keys by which machines reach this one repository. */
export function DeployKeys({ params }: OfRepo) {
  const [isAdding, setAdding] = useState(false)
  const query = useEndpoint(codeKeyEndpoints.deployKeyList, { params })
  return (
    <Section
      title={t('repo.deployKeys')}
      right={<NewButton isSecondary label={t('repo.deployKeyAdd')} begin={() => setAdding(true)} />}
    >
      <Listing
        query={query}
        items={query.data?.items}
        note={t('repo.deployKeysNote')}
        empty={{
          isSmall: true,
          icon: <KeyRound size={24} />,
          title: t('repo.noDeployKeys'),
          text: t('repo.noDeployKeysText'),
        }}
      >
        {(key) => <DeployKeyRow key={key.id} sshKey={key} params={params} />}
      </Listing>
      {isAdding && <DeployKeyAdd params={params} close={() => setAdding(false)} />}
    </Section>
  )
}

function DeployKeyRow({ sshKey, params }: { sshKey: DeployKey; params: OfRepo['params'] }) {
  const remove = useAction(codeKeyEndpoints.deployKeyDelete)
  return (
    <KeyRow
      sshKey={sshKey}
      mark={
        <Badge size="sm" variant="light" tt="none" color={sshKey.canWrite ? 'yellow' : 'gray'}>
          {t(sshKey.canWrite ? 'repo.mayPush' : 'repo.mayRead')}
        </Badge>
      }
      removeText={t('repo.deployKeyRemoveText', { name: sshKey.label })}
      remove={() => remove.mutate({ params: { ...params, id: sshKey.id } })}
      isBusy={remove.isPending}
    />
  )
}

function DeployKeyAdd({ params, close }: { params: OfRepo['params']; close: () => void }) {
  const create = useAction(codeKeyEndpoints.deployKeyCreate, { quiet: true, done: close })
  return (
    <KeyAdd
      title={t('repo.deployKeyAdd')}
      asksForWrite
      close={close}
      submit={(body) => create.mutate({ params, body })}
      isBusy={create.isPending}
      error={create.error}
    />
  )
}
