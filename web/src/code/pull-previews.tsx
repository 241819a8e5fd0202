import { type Preview, type PullRequest, releasesEndpoints } from '@madang/api'
import { Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { ExternalLink } from 'lucide-react'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { DeploymentSource } from '../releases/deployment-row.tsx'
import { StateBadge } from '../ui/state-badge.tsx'

/** Where a pull request can be tried: what its runs deployed, and what became of it. */
export function PullPreviews({ pull }: { pull: PullRequest }) {
  const params = { project: pull.project, repo: pull.repo, number: pull.number }
  const query = useEndpoint(releasesEndpoints.previewList, { params })
  const items = query.data?.items ?? []
  if (items.length === 0) return null
  return (
    <section className="card rows" aria-label={t('code.previews')} style={{ marginBottom: 16 }}>
      {items.map((preview) => (
        <PreviewRow key={preview.deployment.stackId} preview={preview} />
      ))}
    </section>
  )
}

const colours = {
  running: 'ok',
  failed: 'FAILED',
  removed: 'removed',
  replaced: 'removed',
} as const

function PreviewRow({ preview: { state, deployment } }: { preview: Preview }) {
  const { project, environment, endpoints } = deployment
  return (
    <div className="row" style={{ flexWrap: 'wrap' }}>
      <StateBadge state={colours[state]} label={t(`code.preview_${state}`)} />
      <div className="grow" style={{ flexBasis: 220 }}>
        <Text fw={600} className="ellipsis">
          <Link to="/p/$project/releases/$environment" params={{ project, environment }}>
            {environment}
          </Link>{' '}
          <Text component="span" size="sm" className="dim">
            {t('code.preview')}
          </Text>
        </Text>
        <DeploymentSource deployment={deployment} isDated />
        {state === 'failed' && deployment.reason && (
          <Text size="sm" c="var(--mantine-color-red-text)">
            {deployment.reason}
          </Text>
        )}
      </div>
      {state === 'running' &&
        endpoints.map((url) => (
          <Text key={url} size="sm" className="ellipsis">
            <a href={url} target="_blank" rel="noreferrer">
              {url} <ExternalLink size={13} aria-hidden />
            </a>
          </Text>
        ))}
    </div>
  )
}
