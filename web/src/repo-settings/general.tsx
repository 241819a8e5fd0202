import { useState } from 'react'
import { codeEndpoints } from '@madang/api'
import { Alert, Button, Group, NumberInput, Select, Stack, Switch, TextInput } from '@mantine/core'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Section } from '../ui/pieces.tsx'
import type { OfRepo } from './of-repo.ts'

/** What a repository is called for, and what every merge into its default branch needs. */
export function General({ repo, params }: OfRepo) {
  const [form, setForm] = useState({
    description: repo.description,
    defaultBranch: repo.defaultBranch,
    isProtected: repo.isProtected,
    requirePassing: repo.requirePassing,
    requiredApprovals: repo.requiredApprovals,
  })
  const branches = useEndpoint(codeEndpoints.branchList, { params, query: { limit: 200 } })
  const update = useAction(codeEndpoints.repoUpdate, { quiet: true })
  const known = (branches.data?.items ?? []).map(({ name }) => name)
  const names = known.includes(form.defaultBranch) ? known : [form.defaultBranch, ...known]
  const set = (change: Partial<typeof form>) => {
    update.reset()
    setForm({ ...form, ...change })
  }
  return (
    <Section title={t('repo.general')}>
      <form
        className="card"
        style={{ padding: 16 }}
        onSubmit={(event) => {
          event.preventDefault()
          const { defaultBranch, ...rest } = form
          // An empty repository has no branch yet that could be named.
          update.mutate({ params, body: repo.isEmpty ? rest : { ...rest, defaultBranch } })
        }}
      >
        <Stack gap="sm">
          {update.error && <Alert color="red">{update.error.message}</Alert>}
          <TextInput
            label={t('identity.description')}
            maxLength={500}
            value={form.description}
            onChange={(event) => set({ description: event.currentTarget.value })}
          />
          <Select
            label={t('repo.defaultBranch')}
            description={repo.isEmpty ? t('repo.defaultBranchEmpty') : t('repo.defaultBranchHint')}
            data={names}
            searchable
            allowDeselect={false}
            disabled={repo.isEmpty}
            value={form.defaultBranch}
            onChange={(value) => value && set({ defaultBranch: value })}
          />
          <Switch
            label={t('code.isProtected')}
            checked={form.isProtected}
            onChange={(event) => set({ isProtected: event.currentTarget.checked })}
          />
          <Switch
            label={t('code.requirePassing')}
            checked={form.requirePassing}
            onChange={(event) => set({ requirePassing: event.currentTarget.checked })}
          />
          <NumberInput
            label={t('code.requiredApprovals')}
            min={0}
            max={10}
            maw={240}
            value={form.requiredApprovals}
            onChange={(value) => set({ requiredApprovals: Number(value) || 0 })}
          />
          <Group gap="sm">
            <Button type="submit" loading={update.isPending}>
              {t('ui.save')}
            </Button>
            {update.isSuccess && (
              <span className="dim" aria-live="polite">
                {t('repo.saved')}
              </span>
            )}
          </Group>
        </Stack>
      </form>
    </Section>
  )
}
