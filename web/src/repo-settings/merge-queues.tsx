import { useState } from 'react'
import { codeEndpoints, type MergeQueueRule } from '@madang/api'
import { Button, Group, NumberInput, Text, TextInput } from '@mantine/core'
import { ListOrdered } from 'lucide-react'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { ConfirmButton, FormDialog } from '../ui/dialogs.tsx'
import { Listing, NewButton } from '../ui/listing.tsx'
import { Section } from '../ui/pieces.tsx'
import type { OfRepo } from './of-repo.ts'

/** Which branches change only through a queue. */
export function MergeQueues({ repo, params }: OfRepo) {
  const [edited, setEdited] = useState<MergeQueueRule | 'new'>()
  const query = useEndpoint(codeEndpoints.mergeQueueRuleList, { params })
  return (
    <Section
      title={t('queue.settings')}
      right={<NewButton isSecondary label={t('queue.setAdd')} begin={() => setEdited('new')} />}
    >
      <Listing
        query={query}
        items={query.data?.items}
        note={t('queue.settingsNote')}
        empty={{
          isSmall: true,
          icon: <ListOrdered size={24} />,
          title: t('queue.noRules'),
          text: t('queue.noRulesText'),
        }}
      >
        {(rule) => (
          <QueueRow key={rule.id} rule={rule} params={params} edit={() => setEdited(rule)} />
        )}
      </Listing>
      {edited && (
        <QueueForm
          params={params}
          rule={edited === 'new' ? undefined : edited}
          target={repo.defaultBranch}
          close={() => setEdited(undefined)}
        />
      )}
    </Section>
  )
}

interface RowProps {
  rule: MergeQueueRule
  params: OfRepo['params']
  edit: () => void
}

function QueueRow({ rule, params, edit }: RowProps) {
  const remove = useAction(codeEndpoints.mergeQueueRuleDelete)
  const { id, pattern, mostBuilds, waitMinutes } = rule
  const counts = [t('queue.builds', { count: mostBuilds }), t('queue.wait', { count: waitMinutes })]
  return (
    <div className="row" style={{ flexWrap: 'wrap' }}>
      <div className="grow" style={{ flexBasis: 220 }}>
        <Text fw={600} size="sm" className="mono">
          {pattern}
        </Text>
        <Text size="sm">{counts.join(' · ')}</Text>
      </div>
      <Group gap={8}>
        <Button
          size="xs"
          variant="default"
          onClick={edit}
          aria-label={`${t('ui.edit')}: ${pattern}`}
        >
          {t('ui.edit')}
        </Button>
        <ConfirmButton
          size="xs"
          label={t('ui.delete')}
          text={t('queue.deleteText', { pattern })}
          run={() => remove.mutate({ params: { ...params, rule: id } })}
          isBusy={remove.isPending}
        />
      </Group>
    </div>
  )
}

interface FormProps {
  params: OfRepo['params']
  rule: MergeQueueRule | undefined
  /** What a new one is most likely for. */
  target: string
  close: () => void
}

function QueueForm({ params, rule, target, close }: FormProps) {
  const [form, setForm] = useState({
    pattern: rule?.pattern ?? target,
    mostBuilds: rule?.mostBuilds ?? 5,
    waitMinutes: rule?.waitMinutes ?? 60,
  })
  const save = useAction(codeEndpoints.mergeQueueRuleSet, { quiet: true, done: close })
  return (
    <FormDialog
      title={t(rule ? 'queue.setEdit' : 'queue.setAdd')}
      close={close}
      label={t('ui.save')}
      isBusy={save.isPending}
      error={save.error}
      submit={() => save.mutate({ params, body: form })}
    >
      <TextInput
        label={t('queue.pattern')}
        description={t('repo.patternHint')}
        required
        maxLength={200}
        // The pattern is what a queue is known by: another one is another queue.
        disabled={rule !== undefined}
        value={form.pattern}
        onChange={(event) => setForm({ ...form, pattern: event.currentTarget.value })}
      />
      <NumberInput
        label={t('queue.mostBuilds')}
        description={t('queue.mostBuildsHint')}
        min={1}
        max={20}
        value={form.mostBuilds}
        onChange={(value) => setForm({ ...form, mostBuilds: Number(value) || 1 })}
      />
      <NumberInput
        label={t('queue.waitMinutes')}
        description={t('queue.waitMinutesHint')}
        min={1}
        max={7 * 24 * 60}
        value={form.waitMinutes}
        onChange={(value) => setForm({ ...form, waitMinutes: Number(value) || 1 })}
      />
    </FormDialog>
  )
}
