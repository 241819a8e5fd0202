import type { ImagePolicy } from '@madang/api'
import { Text } from '@mantine/core'
import { t } from '../i18n/index.ts'
import { Facts, Section } from '../ui/pieces.tsx'
import { bytesText } from '../ui/time.tsx'
import { PolicyForm } from './image-policy-form.tsx'

interface Props {
  project: string
  policy: ImagePolicy
  mayChange: boolean
}

/** How much images may take and how long they stay; a form for maintainers, a table for others. */
export function ImagePolicySection({ project, policy, mayChange }: Props) {
  const { quotaBytes, keepTags, untaggedDays, tagDays, keepPattern, fixedPattern, proxyUrl } =
    policy
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
            [t('registry.tagDays'), tagDays ?? noLimit],
            [t('registry.keepPattern'), keepPattern ?? t('ui.none')],
            [t('registry.fixedPattern'), fixedPattern ?? t('ui.none')],
            [t('registry.proxyUrl'), proxyUrl ?? t('ui.none')],
          ]}
        />
      )}
    </Section>
  )
}
