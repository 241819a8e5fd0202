import { t } from '../i18n/index.ts'
import { useRead } from './operate.ts'
import { SettingChange } from './setting-change.tsx'

/** Which of a topic's messages a subscriber gets. */
export function SubscriptionFilter({ arn }: { arn: string }) {
  const { data } = useRead<{ Attributes?: Record<string, string> }>(
    'sns',
    'getSubscriptionAttributes',
    { SubscriptionArn: arn },
  )
  if (!data) return null
  return (
    <SettingChange
      key={data.Attributes?.['FilterPolicy'] ?? ''}
      size="xs"
      label={t('console.filterChange')}
      service="sns"
      operation="setSubscriptionAttributes"
      fields={[
        {
          name: 'policy',
          label: t('console.filterPolicy'),
          hint: t('console.filterHint'),
          value: data.Attributes?.['FilterPolicy'] ?? '',
          kind: 'json',
        },
      ]}
      input={({ policy = '' }) => ({
        SubscriptionArn: arn,
        AttributeName: 'FilterPolicy',
        AttributeValue: policy.trim() === '' ? '{}' : policy,
      })}
    />
  )
}
