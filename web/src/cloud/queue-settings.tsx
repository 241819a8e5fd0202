import { t } from '../i18n/index.ts'
import { SettingChange } from './setting-change.tsx'

const seconds = [
  'VisibilityTimeout',
  'DelaySeconds',
  'ReceiveMessageWaitTimeSeconds',
  'MessageRetentionPeriod',
]

/** The attributes of a queue that people change, by AWS's own names. */
export function QueueSettings({ url, of }: { url: string; of: Record<string, string> }) {
  const inSeconds = seconds.map((name) => ({
    name,
    label: t('console.secondsOf', { name }),
    value: of[name] ?? '',
    kind: 'number' as const,
  }))
  return (
    <div style={{ marginTop: 12 }}>
      <SettingChange
        label={t('console.settingsChange')}
        service="sqs"
        operation="setQueueAttributes"
        fields={[
          ...inSeconds,
          {
            name: 'MaximumMessageSize',
            label: t('console.maxSize'),
            value: of['MaximumMessageSize'] ?? '',
            kind: 'number',
          },
          {
            name: 'RedrivePolicy',
            label: t('console.redriveJson'),
            hint: t('console.redriveHint'),
            value: of['RedrivePolicy'] ?? '',
            kind: 'json',
          },
        ]}
        input={(values) => ({ QueueUrl: url, Attributes: changed(values, of) })}
      />
    </div>
  )
}

/** Only what is different: setting an attribute anew has effects of its own. */
function changed(values: Record<string, string>, of: Record<string, string>) {
  return Object.fromEntries(
    Object.entries(values).filter(([name, value]) => value.trim() !== (of[name] ?? '')),
  )
}
