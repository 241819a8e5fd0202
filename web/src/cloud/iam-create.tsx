import { useState } from 'react'
import { cloudEndpoints } from '@madang/api'
import { Select, Textarea } from '@mantine/core'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { FormDialog } from '../ui/dialogs.tsx'
import { NewButton } from '../ui/listing.tsx'
import { NameInput } from './name-input.tsx'
import { useChange } from './operate.ts'
import { startingPolicy } from './starting-policy.ts'

const kinds = {
  roles: 'console.newRole',
  users: 'console.newUser',
  policies: 'console.newPolicy',
} as const
type Kind = keyof typeof kinds

/** The button that makes what the open tab lists. */
export function IamCreate({ tab }: { tab: string | null }) {
  const [isOpen, setOpen] = useState(false)
  const kind = (Object.keys(kinds) as Kind[]).find((entry) => entry === tab)
  if (!kind) return null
  const close = () => setOpen(false)
  const Form = { roles: RoleCreate, users: UserCreate, policies: PolicyCreate }[kind]
  return (
    <>
      <NewButton label={t(kinds[kind])} begin={() => setOpen(true)} />
      {isOpen && <Form close={close} />}
    </>
  )
}

interface Props {
  close: () => void
}

function UserCreate({ close }: Props) {
  const [name, setName] = useState('')
  const create = useChange('iam', 'createUser', { quiet: true, done: close })
  return (
    <FormDialog
      title={t('console.newUser')}
      close={close}
      label={t('ui.create')}
      isBusy={create.isPending}
      error={create.error}
      submit={() => create.mutate({ UserName: name })}
    >
      <NameInput name={name} set={setName} />
    </FormDialog>
  )
}

const trusts = ['lambda', 'ec2', 'account'] as const
type Trust = (typeof trusts)[number]

function RoleCreate({ close }: Props) {
  const [name, setName] = useState('')
  const [trust, setTrust] = useState<Trust>('lambda')
  const account = useEndpoint(cloudEndpoints.cloudGet, {}).data?.account
  const create = useChange('iam', 'createRole', { quiet: true, done: close })
  const Principal =
    trust === 'account'
      ? { AWS: `arn:aws:iam::${account}:root` }
      : { Service: `${trust}.amazonaws.com` }
  const document = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }],
  }
  return (
    <FormDialog
      title={t('console.newRole')}
      close={close}
      label={t('ui.create')}
      isBusy={create.isPending || account === undefined}
      error={create.error}
      submit={() =>
        create.mutate({ RoleName: name, AssumeRolePolicyDocument: JSON.stringify(document) })
      }
    >
      <NameInput name={name} set={setName} />
      <Select
        label={t('console.trusted')}
        allowDeselect={false}
        data={trusts.map((value) => ({ value, label: t(`console.trust_${value}`) }))}
        value={trust}
        onChange={(value) => setTrust((value ?? 'lambda') as Trust)}
      />
    </FormDialog>
  )
}

function PolicyCreate({ close }: Props) {
  const [name, setName] = useState('')
  const [document, setDocument] = useState(startingPolicy)
  const create = useChange('iam', 'createPolicy', { quiet: true, done: close })
  return (
    <FormDialog
      title={t('console.newPolicy')}
      close={close}
      label={t('ui.create')}
      isBusy={create.isPending}
      error={create.error}
      size="lg"
      submit={() => create.mutate({ PolicyName: name, PolicyDocument: document })}
    >
      <NameInput name={name} set={setName} />
      <Textarea
        label={t('console.policyDocument')}
        required
        autosize
        minRows={8}
        maxRows={22}
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
        value={document}
        onChange={(event) => setDocument(event.currentTarget.value)}
      />
    </FormDialog>
  )
}
