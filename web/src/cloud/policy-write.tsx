import type { CloudIdentity, CloudPolicy } from '@madang/api'
import { Group } from '@mantine/core'
import { t } from '../i18n/index.ts'
import { ConfirmButton } from '../ui/dialogs.tsx'
import { jsonText } from '../ui/pieces.tsx'
import { asMember, type Who } from './identity-change.tsx'
import { useChange } from './operate.ts'
import { ForChangers, SettingChange, type SettingField } from './setting-change.tsx'
import { startingPolicy } from './starting-policy.ts'

const documentField = (value: string): SettingField => ({
  name: 'document',
  label: t('console.policyDocument'),
  value,
  kind: 'json',
})

/** A policy that belongs to one user or role alone and goes with it. */
export function InlineWrite({ policy, ...who }: Who & { policy?: CloudPolicy }) {
  const named = policy ? [] : [{ name: 'name', label: t('console.policyName'), value: '' }]
  return (
    <SettingChange
      label={t(policy ? 'iam.inlineChange' : 'iam.inlineNew')}
      {...(policy && { size: 'xs' })}
      service="iam"
      operation={who.kind === 'user' ? 'putUserPolicy' : 'putRolePolicy'}
      fields={[...named, documentField(policy ? jsonText(policy.document ?? '') : startingPolicy)]}
      input={({ name, document }) => ({
        ...asMember(who),
        PolicyName: policy?.name ?? name,
        PolicyDocument: document,
      })}
    />
  )
}

export function InlineChange({ policy, ...who }: Who & { policy: CloudPolicy }) {
  const remove = useChange('iam', who.kind === 'user' ? 'deleteUserPolicy' : 'deleteRolePolicy')
  return (
    <ForChangers>
      <Group mt="sm" gap="xs">
        <InlineWrite {...who} policy={policy} />
        <ConfirmButton
          size="xs"
          label={t('ui.delete')}
          text={t('console.deleteText', { name: policy.name })}
          run={() => remove.mutate({ ...asMember(who), PolicyName: policy.name })}
          isBusy={remove.isPending}
        />
      </Group>
    </ForChangers>
  )
}

/** Who may take a role on, written anew. */
export function TrustChange({ role }: { role: CloudIdentity }) {
  return (
    <SettingChange
      label={t('iam.trustChange')}
      size="xs"
      service="iam"
      operation="updateAssumeRolePolicy"
      fields={[documentField(jsonText(role.trust ?? ''))]}
      input={({ document }) => ({ RoleName: role.name, PolicyDocument: document })}
    />
  )
}

/** A managed policy keeps its five latest versions; the new one holds from now on. */
export function VersionNew({ arn, document }: { arn: string; document: string }) {
  return (
    <SettingChange
      label={t('iam.versionNew')}
      service="iam"
      operation="createPolicyVersion"
      fields={[documentField(jsonText(document))]}
      input={(values) => ({
        PolicyArn: arn,
        PolicyDocument: values['document'],
        SetAsDefault: true,
      })}
    />
  )
}
