import type { CommitStatus } from '@madang/api'
import { Group, Text } from '@mantine/core'
import { t } from '../i18n/index.ts'
import { StateBadge } from '../ui/state-badge.tsx'

const words: Record<CommitStatus['state'], string> = {
  pending: 'RUNNING',
  success: 'SUCCESS',
  failure: 'FAILURE',
  error: 'ERROR',
}

/** Our own pipelines say no more than the badge does; a tool's words are shown as they are. */
const OWN_KEY = 'pipeline'

/** A tool's name is its own. */
const nameOf = ({ key }: CommitStatus) => (key === OWN_KEY ? t('code.ownPipeline') : key)

/** What pipelines and tools said of a commit. */
export function StatusMarks({ statuses }: { statuses: CommitStatus[] }) {
  if (statuses.length === 0) return null
  return (
    <Group gap="md" mb="md">
      {statuses.map((status) => (
        <Group key={status.key} gap={8}>
          <StateBadge state={words[status.state]} />
          <Text size="sm">
            {isOwnPage(status.url) ? <a href={status.url}>{nameOf(status)}</a> : nameOf(status)}{' '}
            <span className="dim">{status.key === OWN_KEY ? '' : status.description}</span>
          </Text>
        </Group>
      ))}
    </Group>
  )
}

/** Statuses come from any client: only web addresses and own pages become links. */
function isOwnPage(url: string): boolean {
  return /^(https?:\/\/|\/(?!\/))/.test(url)
}
