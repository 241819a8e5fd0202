import { useState } from 'react'
import type { CloudPolicy } from '@madang/api'
import { useNavigate } from '@tanstack/react-router'
import { Group, Select } from '@mantine/core'
import { t } from '../i18n/index.ts'
import { NewButton } from '../ui/listing.tsx'
import { ConfirmButton, FormDialog } from '../ui/dialogs.tsx'
import { useMay } from '../ui/role.ts'
import { useChange, useRead } from './operate.ts'

export interface Who {
  kind: 'user' | 'role'
  name: string
}

export const asMember = ({ kind, name }: Who) =>
  kind === 'user' ? { UserName: name } : { RoleName: name }

/** AWS refuses while keys or policies hang on it, and its sentence says which. */
export function IdentityDelete(who: Who) {
  const navigate = useNavigate()
  const remove = useChange('iam', who.kind === 'user' ? 'deleteUser' : 'deleteRole', {
    done: () => void navigate({ to: '/cloud/iam' }),
  })
  return (
    <ConfirmButton
      label={t('ui.delete')}
      text={t('console.deleteText', { name: who.name })}
      run={() => remove.mutate(asMember(who))}
      isBusy={remove.isPending}
    />
  )
}

interface Policies {
  Policies?: { PolicyName: string; Arn: string }[]
}

/** Any of AWS's managed policies or one's own. */
export function PolicyAttach({ attached, ...who }: Who & { attached: CloudPolicy[] }) {
  const mayChange = useMay('developer')
  const [isOpen, setOpen] = useState(false)
  const [arn, setArn] = useState<string | null>(null)
  const query = useRead<Policies>('iam', 'listPolicies', { MaxItems: 1000 }, { enabled: isOpen })
  const close = () => setOpen(false)
  const attach = useChange('iam', who.kind === 'user' ? 'attachUserPolicy' : 'attachRolePolicy', {
    quiet: true,
    done: close,
  })
  const known = new Set(attached.map((policy) => policy.arn))
  const data = (query.data?.Policies ?? [])
    .filter(({ Arn }) => !known.has(Arn))
    .map(({ PolicyName, Arn }) => ({ value: Arn, label: PolicyName }))
  if (!mayChange) return null
  return (
    <>
      <NewButton isSecondary label={t('console.attach')} begin={() => setOpen(true)} />
      <FormDialog
        title={t('console.attach')}
        isOpen={isOpen}
        close={close}
        label={t('console.attach')}
        isBusy={attach.isPending || query.isLoading}
        error={attach.error}
        submit={() => arn && attach.mutate({ ...asMember(who), PolicyArn: arn })}
      >
        <Select
          label={t('console.policyName')}
          searchable
          required
          limit={100}
          data={data}
          value={arn}
          onChange={setArn}
        />
      </FormDialog>
    </>
  )
}

export function PolicyDetach({ policy, ...who }: Who & { policy: CloudPolicy }) {
  const mayChange = useMay('developer')
  const detach = useChange('iam', who.kind === 'user' ? 'detachUserPolicy' : 'detachRolePolicy')
  if (!mayChange) return null
  return (
    <Group mt="sm">
      <ConfirmButton
        size="xs"
        label={t('console.detach')}
        text={t('console.detachText', { name: policy.name })}
        run={() => detach.mutate({ ...asMember(who), PolicyArn: policy.arn })}
        isBusy={detach.isPending}
      />
    </Group>
  )
}

/** One's own managed policy; AWS refuses while anything still has it. */
export function PolicyDelete({ arn }: { arn: string }) {
  const navigate = useNavigate()
  const remove = useChange('iam', 'deletePolicy', {
    done: () => void navigate({ to: '/cloud/iam' }),
  })
  return (
    <ConfirmButton
      label={t('ui.delete')}
      text={t('console.deleteText', { name: arn.split('/').at(-1) })}
      run={() => remove.mutate({ PolicyArn: arn })}
      isBusy={remove.isPending}
    />
  )
}
