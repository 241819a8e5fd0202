import { useState } from 'react'
import {
  type BranchRule,
  type BranchRuleKind,
  branchRuleKinds,
  codeEndpoints,
  countingRuleKinds,
  identityEndpoints,
  peopleRuleKinds,
} from '@madang/api'
import { MultiSelect, NumberInput, SegmentedControl, Select, TextInput } from '@mantine/core'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { FormDialog } from '../ui/dialogs.tsx'
import { branchTypes } from './rule-words.ts'

interface Props {
  params: { project: string; repo: string }
  /** The one to change; a new one where it is missing. */
  rule: BranchRule | undefined
  close: () => void
}

export function RuleForm({ params, rule, close }: Props) {
  const [kind, setKind] = useState<BranchRuleKind>(rule?.kind ?? 'push')
  const [isByType, setByType] = useState(rule?.branchType !== undefined)
  const [pattern, setPattern] = useState(rule?.pattern ?? 'main')
  const [branchType, setType] = useState<BranchRule['branchType']>(rule?.branchType ?? 'release')
  const [value, setValue] = useState(rule?.value ?? 1)
  const [people, setPeople] = useState(rule?.people ?? [])
  const create = useAction(codeEndpoints.branchRuleCreate, { quiet: true, done: close })
  const update = useAction(codeEndpoints.branchRuleUpdate, { quiet: true, done: close })
  const submit = () => {
    const body = {
      kind,
      ...(isByType ? { branchType } : { pattern: pattern.trim() || '*' }),
      ...(countingRuleKinds.includes(kind) ? { value } : {}),
      people: peopleRuleKinds.includes(kind) ? people : [],
    }
    if (rule) update.mutate({ params: { ...params, rule: rule.id }, body })
    else create.mutate({ params, body })
  }
  return (
    <FormDialog
      title={t(rule ? 'repo.ruleEdit' : 'repo.ruleAdd')}
      close={close}
      label={t('ui.save')}
      isBusy={create.isPending || update.isPending}
      error={create.error ?? update.error}
      submit={submit}
    >
      <Select
        label={t('repo.ruleKind')}
        data={branchRuleKinds.map((each) => ({ value: each, label: t(`repo.rule_${each}`) }))}
        allowDeselect={false}
        maxDropdownHeight={320}
        value={kind}
        onChange={(next) => next && setKind(next as BranchRuleKind)}
      />
      <SegmentedControl
        aria-label={t('repo.ruleBranches')}
        data={[
          { value: 'pattern', label: t('repo.byPattern') },
          { value: 'type', label: t('repo.byType') },
        ]}
        value={isByType ? 'type' : 'pattern'}
        onChange={(next) => setByType(next === 'type')}
      />
      {isByType ? (
        <Select
          label={t('repo.branchType')}
          description={t('repo.branchTypeHint')}
          data={branchTypes.map((each) => ({ value: each, label: t(`repo.type_${each}`) }))}
          allowDeselect={false}
          value={branchType ?? null}
          onChange={(next) => setType((next ?? undefined) as BranchRule['branchType'])}
        />
      ) : (
        <TextInput
          label={t('repo.pattern')}
          description={t('repo.patternHint')}
          required
          maxLength={200}
          value={pattern}
          onChange={(event) => setPattern(event.currentTarget.value)}
        />
      )}
      {countingRuleKinds.includes(kind) && (
        <NumberInput
          label={t('repo.ruleValue')}
          min={0}
          max={1000}
          value={value}
          onChange={(next) => setValue(Number(next) || 0)}
        />
      )}
      {peopleRuleKinds.includes(kind) && <People value={people} onChange={setPeople} />}
    </FormDialog>
  )
}

function People(props: { value: string[]; onChange: (people: string[]) => void }) {
  const { data } = useEndpoint(identityEndpoints.personList, { query: { limit: 200 } })
  const offered = (data?.items ?? []).map((person) => ({
    value: `person:${person.id}`,
    label: `${person.displayName} (${person.name})`,
  }))
  return (
    <MultiSelect
      label={t('repo.rulePeople')}
      description={t('repo.rulePeopleHint')}
      searchable
      data={offered}
      value={props.value}
      onChange={props.onChange}
    />
  )
}
