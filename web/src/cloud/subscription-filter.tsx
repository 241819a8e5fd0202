import { useState } from 'react'
import { Button, SegmentedControl, Textarea } from '@mantine/core'
import { Settings2 } from 'lucide-react'
import { t } from '../i18n/index.ts'
import { FormDialog } from '../ui/dialogs.tsx'
import { useMay } from '../ui/role.ts'
import { useChange, useRead } from './operate.ts'

const scopes = ['MessageAttributes', 'MessageBody'] as const
type Scope = (typeof scopes)[number]

interface Filter {
  policy: string
  scope: Scope
}

/** Which of a topic's messages a subscriber gets. */
export function SubscriptionFilter({ arn }: { arn: string }) {
  const [isOpen, setOpen] = useState(false)
  const mayChange = useMay('developer')
  const { data } = useRead<{ Attributes?: Record<string, string> }>(
    'sns',
    'getSubscriptionAttributes',
    { SubscriptionArn: arn },
  )
  if (!data || !mayChange) return null
  const of = data.Attributes ?? {}
  const scope = of['FilterPolicyScope'] === 'MessageBody' ? 'MessageBody' : 'MessageAttributes'
  return (
    <>
      <Button
        variant="default"
        size="xs"
        leftSection={<Settings2 size={14} />}
        onClick={() => setOpen(true)}
      >
        {t('console.filterChange')}
      </Button>
      {isOpen && (
        <FilterForm
          arn={arn}
          was={{ policy: of['FilterPolicy'] ?? '', scope }}
          close={() => setOpen(false)}
        />
      )}
    </>
  )
}

function FilterForm({ arn, was, close }: { arn: string; was: Filter; close: () => void }) {
  const [policy, setPolicy] = useState(was.policy)
  const [scope, setScope] = useState<Scope>(was.scope)
  const change = useChange('sns', 'setSubscriptionAttributes', { quiet: true })
  const set = (AttributeName: string, AttributeValue: string) =>
    change.mutateAsync({ SubscriptionArn: arn, AttributeName, AttributeValue })
  const submit = async () => {
    const setFilter = () => set('FilterPolicy', policy.trim() === '' ? '{}' : policy)
    // SNS checks each against the other as it stands: a nested policy fits the body only.
    if (scope === 'MessageBody' && was.scope !== scope) await set('FilterPolicyScope', scope)
    await setFilter()
    if (scope !== 'MessageBody' && was.scope !== scope) await set('FilterPolicyScope', scope)
    close()
  }
  return (
    <FormDialog
      title={t('console.filterChange')}
      close={close}
      label={t('console.filterChange')}
      isBusy={change.isPending}
      error={change.error}
      // What was refused stands in the form.
      submit={() => void submit().catch(() => undefined)}
    >
      <SegmentedControl
        aria-label={t('console.filterScope')}
        data={scopes.map((value) => ({ value, label: t(`console.scope_${value}`) }))}
        value={scope}
        onChange={(value) => setScope(value as Scope)}
      />
      <Textarea
        label={t('console.filterPolicy')}
        description={t(`console.filterHint_${scope}`)}
        autosize
        minRows={4}
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
        value={policy}
        onChange={(event) => setPolicy(event.currentTarget.value)}
      />
    </FormDialog>
  )
}
