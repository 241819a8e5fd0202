import { useState } from 'react'
import { Link } from '@tanstack/react-router'
import { Select, Text } from '@mantine/core'
import { KeySquare } from 'lucide-react'
import { t } from '../i18n/index.ts'
import { StateBadge } from '../ui/state-badge.tsx'
import { FormDialog } from '../ui/dialogs.tsx'
import { NameInput } from './name-input.tsx'
import type { KeyMetadata } from './key-model.ts'
import { useChange, useRead, useReadPages } from './operate.ts'
import { ServiceList } from './service-list.tsx'

interface Keys {
  Keys?: { KeyId: string }[]
  NextMarker?: string
}

interface Aliases {
  Aliases?: { AliasName: string; TargetKeyId?: string }[]
}

export function KmsPage() {
  const query = useReadPages<Keys>(
    'kms',
    'listKeys',
    { Limit: 50 },
    { give: 'Marker', take: 'NextMarker' },
  )
  const aliases = useRead<Aliases>('kms', 'listAliases', { Limit: 100 }).data?.Aliases ?? []
  const keys = query.data?.pages.flatMap((page) => page.Keys ?? [])
  const nameOf = (id: string) =>
    aliases.find(({ TargetKeyId }) => TargetKeyId === id)?.AliasName.replace(/^alias\//, '')
  return (
    <ServiceList
      service="kms"
      query={query}
      items={keys}
      count={(count) => t('console.keyCount', { count })}
      empty={{
        icon: <KeySquare size={30} />,
        title: t('console.noKeys'),
        text: t('console.noKeysText'),
      }}
      make={{ label: t('console.newKmsKey'), Form: KeyCreate }}
    >
      {({ KeyId }) => <KeyRow key={KeyId} id={KeyId} name={nameOf(KeyId)} />}
    </ServiceList>
  )
}

function KeyRow({ id, name }: { id: string; name: string | undefined }) {
  const query = useRead<{ KeyMetadata: KeyMetadata }>('kms', 'describeKey', { KeyId: id })
  const key = query.data?.KeyMetadata
  return (
    <Link to="/cloud/kms/$key" params={{ key: id }} className="row">
      <KeySquare size={18} className="dim" style={{ flex: 'none' }} />
      <div className="grow">
        <Text fw={600} className="ellipsis">
          {name ?? id}
        </Text>
        <Text size="sm" className="dim ellipsis">
          {[name && id, key?.Description].filter(Boolean).join(' · ')}
        </Text>
      </div>
      {key && <StateBadge state={key.KeyState} />}
    </Link>
  )
}

const usages = {
  SYMMETRIC_DEFAULT: 'ENCRYPT_DECRYPT',
  RSA_2048: 'SIGN_VERIFY',
  ECC_NIST_P256: 'SIGN_VERIFY',
  HMAC_256: 'GENERATE_VERIFY_MAC',
} as const
type Spec = keyof typeof usages

function KeyCreate({ close }: { close: () => void }) {
  const [name, setName] = useState('')
  const [spec, setSpec] = useState<Spec>('SYMMETRIC_DEFAULT')
  const alias = useChange('kms', 'createAlias', { quiet: true, done: close })
  const create = useChange<{ KeyMetadata: KeyMetadata }>('kms', 'createKey', {
    quiet: true,
    done: ({ KeyMetadata }) => nameIt(KeyMetadata),
  })
  const nameIt = ({ KeyId }: KeyMetadata) =>
    alias.mutate({ AliasName: `alias/${name}`, TargetKeyId: KeyId })
  // A name that is taken or wrong leaves a key without one: the next try names that, instead of making another.
  const submit = () =>
    create.data
      ? nameIt(create.data.KeyMetadata)
      : create.mutate({ KeySpec: spec, KeyUsage: usages[spec] })
  return (
    <FormDialog
      title={t('console.newKmsKey')}
      close={close}
      label={t('ui.create')}
      isBusy={create.isPending || alias.isPending}
      error={create.error ?? alias.error}
      submit={submit}
    >
      <NameInput label={t('console.alias')} name={name} set={setName} />
      <Select
        label={t('console.keySpec')}
        disabled={create.data !== undefined}
        allowDeselect={false}
        data={(Object.keys(usages) as Spec[]).map((value) => ({
          value,
          label: t(`console.spec_${value}`),
        }))}
        value={spec}
        onChange={(value) => setSpec((value ?? 'SYMMETRIC_DEFAULT') as Spec)}
      />
    </FormDialog>
  )
}
