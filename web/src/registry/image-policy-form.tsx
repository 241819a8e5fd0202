import { useState } from 'react'
import { type CallResult, imageEndpoints, type ImagePolicy } from '@madang/api'
import { Alert, Button, Group, NumberInput, Text, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useAction } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'

const GB = 1024 ** 3

/** As the fields hold it: empty is no limit. */
type Draft = Record<keyof ImagePolicy, string | number>

function draftOf(policy: ImagePolicy): Draft {
  const entries = Object.entries(policy).map(([name, value]) => [name, value ?? ''])
  const quotaBytes = policy.quotaBytes === null ? '' : policy.quotaBytes / GB
  return { ...(Object.fromEntries(entries) as Draft), quotaBytes }
}

const numberOf = (value: string | number) => (value === '' ? null : Number(value))
const textOf = (value: string | number) => String(value).trim() || null

const policyOf = (draft: Draft): ImagePolicy => ({
  quotaBytes: draft.quotaBytes === '' ? null : Math.round(Number(draft.quotaBytes) * GB),
  keepTags: numberOf(draft.keepTags),
  untaggedDays: numberOf(draft.untaggedDays),
  tagDays: numberOf(draft.tagDays),
  keepPattern: textOf(draft.keepPattern),
  fixedPattern: textOf(draft.fixedPattern),
  proxyUrl: textOf(draft.proxyUrl),
})

const numbers = [
  { name: 'quotaBytes', label: 'registry.quotaGb', decimals: true },
  { name: 'keepTags', label: 'registry.keepTags', min: 1, max: 10_000 },
  { name: 'tagDays', label: 'registry.tagDays', min: 1, max: 3650 },
  { name: 'untaggedDays', label: 'registry.untaggedDays', max: 3650 },
] as const

const patterns = [
  { name: 'keepPattern', label: 'registry.keepPattern' },
  { name: 'fixedPattern', label: 'registry.fixedPattern' },
] as const

/** The rules as fields, with a look at what they would take away before they are saved. */
export function PolicyForm({ project, policy }: { project: string; policy: ImagePolicy }) {
  const [draft, setDraft] = useState(() => draftOf(policy))
  const set = (name: keyof ImagePolicy) => (value: string | number) =>
    setDraft((before) => ({ ...before, [name]: value }))
  const save = useAction(imageEndpoints.imagePolicySet, {
    quiet: true,
    done: () => notifications.show({ message: t('registry.policySaved') }),
  })
  const trial = useAction(imageEndpoints.imagePolicyPreview, { quiet: true })
  const given = () => ({ params: { project }, body: policyOf(draft) })
  const error = save.error ?? trial.error
  return (
    <form
      className="card"
      style={{ padding: 16 }}
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate(given())
      }}
    >
      {error && (
        <Alert color="red" mb="sm">
          {error.message}
        </Alert>
      )}
      <Group gap="md" align="flex-end">
        {numbers.map(({ name, label, ...limits }) => (
          <NumberInput
            key={name}
            className="grow"
            miw={150}
            label={t(label)}
            placeholder={t('registry.noLimit')}
            min={'min' in limits ? limits.min : 0}
            max={'max' in limits ? limits.max : undefined}
            allowDecimal={'decimals' in limits}
            decimalScale={3}
            value={draft[name]}
            onChange={set(name)}
          />
        ))}
      </Group>
      <Group gap="md" align="flex-start" mt="md">
        {patterns.map(({ name, label }) => (
          <TextInput
            key={name}
            className="grow"
            miw={220}
            label={t(label)}
            description={t('registry.patternHint')}
            inputWrapperOrder={['label', 'input', 'description']}
            value={draft[name]}
            onChange={(event) => set(name)(event.currentTarget.value)}
          />
        ))}
      </Group>
      <TextInput
        mt="md"
        type="url"
        label={t('registry.proxyUrl')}
        description={t('registry.proxyHint', {
          name: `${window.location.host}/${project.toLowerCase()}/proxy/library/node:24`,
        })}
        inputWrapperOrder={['label', 'input', 'description']}
        placeholder="https://registry-1.docker.io"
        value={draft.proxyUrl}
        onChange={(event) => set('proxyUrl')(event.currentTarget.value)}
      />
      <Group mt="md">
        <Button type="submit" loading={save.isPending}>
          {t('ui.save')}
        </Button>
        <Button variant="default" loading={trial.isPending} onClick={() => trial.mutate(given())}>
          {t('registry.policyTry')}
        </Button>
      </Group>
      {trial.data && <Doomed {...trial.data} />}
    </form>
  )
}

function Doomed({ items, count }: CallResult<typeof imageEndpoints.imagePolicyPreview>) {
  if (count === 0) {
    return (
      <Text size="sm" mt="sm" component="output" display="block">
        {t('registry.policyTryNone')}
      </Text>
    )
  }
  return (
    <output style={{ display: 'block', marginTop: 12 }}>
      <Text size="sm">{t('registry.policyTryCount', { count })}</Text>
      <ul style={{ maxHeight: 240, overflow: 'auto', margin: '6px 0 0' }}>
        {items.map(({ repo, tag, reason }) => (
          <li key={`${repo}:${tag}`}>
            <span className="mono">{`${repo}:${tag}`}</span>{' '}
            <span className="dim">{t(`registry.doomed_${reason}`)}</span>
          </li>
        ))}
      </ul>
    </output>
  )
}
