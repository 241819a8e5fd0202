import { useState } from 'react'
import {
  type Deployment,
  type ReleaseChanges,
  type ReleaseCommit,
  releasesEndpoints,
} from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Group, Select, Text } from '@mantine/core'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Loaded } from '../ui/states.tsx'
import { Ago, agoText } from '../ui/time.tsx'

interface Props {
  deployment: Deployment
  /** Among these another one of the same service and environment can be chosen to compare with. */
  others: Deployment[]
}

/** The commits between a deployment and an earlier one; the one before it at first. */
export function DeploymentChanges({ deployment, others }: Props) {
  const [since, setSince] = useState<string | null>(null)
  const { project, id } = deployment
  const query = useEndpoint(releasesEndpoints.deploymentChanges, {
    params: { project, deployment: id },
    query: since ? { since } : {},
  })
  const choices = others.filter(
    (entry) =>
      entry.id !== id &&
      entry.service === deployment.service &&
      entry.environment === deployment.environment,
  )
  return (
    <Loaded query={query}>
      {(changes) => (
        <>
          <Select
            label={t('releases.compareWith')}
            mb="md"
            allowDeselect={false}
            placeholder={t('releases.firstOne')}
            data={choices.map((entry) => ({
              value: entry.id,
              label: `${entry.version} · ${agoText(entry.at)}`,
            }))}
            value={changes.from?.id ?? null}
            onChange={setSince}
          />
          <ChangeLists changes={changes} />
        </>
      )}
    </Loaded>
  )
}

export function ChangeLists({ changes }: { changes: ReleaseChanges }) {
  const { commits, removedCommits, issues, to } = changes
  const isKnown = changes.to.commit !== undefined
  return (
    <>
      {issues.length > 0 && (
        <Group gap={8} mb="sm">
          <Text size="sm" className="dim">
            {t('releases.issues')}
          </Text>
          {issues.map((key) => (
            <Link
              key={key}
              to="/p/$project/issues/$issue"
              params={{ project: to.project, issue: key }}
            >
              {key}
            </Link>
          ))}
        </Group>
      )}
      {commits.length + removedCommits.length === 0 && (
        <Text size="sm" className="dim">
          {t(isKnown ? 'releases.noCommits' : 'releases.unknownCommits')}
        </Text>
      )}
      <CommitList title={t('releases.commits', { count: commits.length })} commits={commits} />
      <CommitList
        title={t('releases.removed', { count: removedCommits.length })}
        commits={removedCommits}
      />
    </>
  )
}

function CommitList({ title, commits }: { title: string; commits: ReleaseCommit[] }) {
  if (commits.length === 0) return null
  return (
    <>
      <Text fw={600} size="sm" mt="sm" mb={4}>
        {title}
      </Text>
      <div className="card rows">
        {commits.map((commit) => (
          <Link key={commit.sha} to={commit.url} className="row">
            <span className="mono dim" style={{ flex: 'none' }}>
              {commit.sha.slice(0, 8)}
            </span>
            <div className="grow">
              <Text size="sm">{commit.title}</Text>
              <Text size="xs" className="dim">
                {commit.author} · <Ago at={commit.at} />
              </Text>
            </div>
          </Link>
        ))}
      </div>
    </>
  )
}
