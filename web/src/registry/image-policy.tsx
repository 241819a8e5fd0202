import { useState } from 'react'
import { imageEndpoints, type ImagePolicy } from '@madang/api'
import { Alert, Button, Group, NumberInput, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useAction } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Facts, Section } from '../ui/pieces.tsx'
import { bytesText } from '../ui/time.tsx'

const GB = 1024 ** 3

interface Props {
  project: string
  policy: ImagePolicy
  mayChange: boolean
}

/** How much images may take and how long they stay; a form for maintainers, a table for others. */
export function ImagePolicySection({ project, policy, mayChange }: Props) {
  const { quotaBytes, keepTags, untaggedDays } = policy
  const noLimit = t('registry.noLimit')
  return (
    <Section title={t('registry.policy')}>
      <Text size="sm" className="dim" mb={8}>
        {t('registry.policyNote')}
      </Text>
      {mayChange ? (
        <PolicyForm project={project} policy={policy} />
      ) : (
        <Facts
          items={[
            [t('registry.quota'), quotaBytes === null ? noLimit : bytesText(quotaBytes)],
            [t('registry.keepTags'), keepTags ?? noLimit],
            [t('registry.untaggedDays'), untaggedDays ?? noLimit],
          ]}
        />
      )}
    </Section>
  )
}

/** An empty field is no limit. */
const numberOf = (value: string | number) => (value === '' ? null : Number(value))

function PolicyForm({ project, policy }: { project: string; policy: ImagePolicy }) {
  const known = policy.quotaBytes === null ? '' : policy.quotaBytes / GB
  const [quota, setQuota] = useState<string | number>(known)
  const [tags, setTags] = useState<string | number>(policy.keepTags ?? '')
  const [days, setDays] = useState<string | number>(policy.untaggedDays ?? '')
  const save = useAction(imageEndpoints.imagePolicySet, {
    quiet: true,
    done: () => notifications.show({ message: t('registry.policySaved') }),
  })
  const submit = () => {
    const quotaBytes = quota === '' ? null : Math.round(Number(quota) * GB)
    const body = { quotaBytes, keepTags: numberOf(tags), untaggedDays: numberOf(days) }
    save.mutate({ params: { project }, body })
  }
  const limits = { min: 0, placeholder: t('registry.noLimit'), className: 'grow', miw: 150 }
  return (
    <form
      className="card"
      style={{ padding: 16 }}
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      {save.error && (
        <Alert color="red" mb="sm">
          {save.error.message}
        </Alert>
      )}
      <Group gap="md" align="flex-end">
        <NumberInput
          {...limits}
          label={t('registry.quotaGb')}
          decimalScale={2}
          value={quota}
          onChange={setQuota}
        />
        <NumberInput
          {...limits}
          label={t('registry.keepTags')}
          min={1}
          max={10_000}
          allowDecimal={false}
          value={tags}
          onChange={setTags}
        />
        <NumberInput
          {...limits}
          label={t('registry.untaggedDays')}
          max={3650}
          allowDecimal={false}
          value={days}
          onChange={setDays}
        />
        <Button type="submit" loading={save.isPending}>
          {t('ui.save')}
        </Button>
      </Group>
    </form>
  )
}
