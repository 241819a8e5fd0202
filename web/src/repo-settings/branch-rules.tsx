import { useState } from 'react'
import { type BranchRule, codeEndpoints, identityEndpoints } from '@madang/api'
import { Button, Group, Text } from '@mantine/core'
import { GitBranch } from 'lucide-react'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { ConfirmButton } from '../ui/dialogs.tsx'
import { Listing, NewButton } from '../ui/listing.tsx'
import { Section } from '../ui/pieces.tsx'
import { RuleForm } from './rule-form.tsx'
import { branchesOf, ruleText } from './rule-words.ts'
import type { OfRepo } from './of-repo.ts'

/** Who may do what to which branches. */
export function BranchRules({ params }: OfRepo) {
  const [edited, setEdited] = useState<BranchRule | 'new'>()
  const query = useEndpoint(codeEndpoints.branchRuleList, { params })
  const close = () => setEdited(undefined)
  return (
    <Section
      title={t('repo.rules')}
      right={<NewButton isSecondary label={t('repo.ruleAdd')} begin={() => setEdited('new')} />}
    >
      <Listing
        query={query}
        items={query.data?.items}
        note={t('repo.rulesNote')}
        empty={{
          isSmall: true,
          icon: <GitBranch size={24} />,
          title: t('repo.noRules'),
          text: t('repo.noRulesText'),
        }}
      >
        {(rule) => (
          <RuleRow key={rule.id} rule={rule} params={params} edit={() => setEdited(rule)} />
        )}
      </Listing>
      {edited && (
        <RuleForm params={params} rule={edited === 'new' ? undefined : edited} close={close} />
      )}
    </Section>
  )
}

interface RowProps {
  rule: BranchRule
  params: OfRepo['params']
  edit: () => void
}

function RuleRow({ rule, params, edit }: RowProps) {
  const people = useEndpoint(identityEndpoints.personList, { query: { limit: 200 } })
  const remove = useAction(codeEndpoints.branchRuleDelete)
  const names = new Map(
    people.data?.items.map((person) => [`person:${person.id}`, person.displayName]),
  )
  const text = ruleText(rule, (id) => names.get(id) ?? id)
  return (
    <div className="row" style={{ flexWrap: 'wrap' }}>
      <div className="grow" style={{ flexBasis: 220 }}>
        <Text fw={600} size="sm" className={rule.branchType ? undefined : 'mono'}>
          {branchesOf(rule)}
        </Text>
        <Text size="sm">{text}</Text>
      </div>
      <Group gap={8}>
        <Button size="xs" variant="default" onClick={edit} aria-label={`${t('ui.edit')}: ${text}`}>
          {t('ui.edit')}
        </Button>
        <ConfirmButton
          size="xs"
          label={t('ui.delete')}
          text={t('repo.ruleDeleteText', { text, branches: branchesOf(rule) })}
          run={() => remove.mutate({ params: { ...params, rule: rule.id } })}
          isBusy={remove.isPending}
        />
      </Group>
    </div>
  )
}
