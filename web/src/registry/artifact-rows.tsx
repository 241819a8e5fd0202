import { type ArtifactFilter, registryEndpoints } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { ActionIcon, Text } from '@mantine/core'
import { Download, Package } from 'lucide-react'
import { usePages } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Empty, Failure } from '../ui/states.tsx'
import { Ago, bytesText } from '../ui/time.tsx'
import { MoreButton } from '../ui/pieces.tsx'

interface Props {
  project: string
  filter: ArtifactFilter
  emptyTitle: string
  emptyText: string
}

/** Artifacts that match a filter, newest first. */
export function ArtifactRows({ project, filter, emptyTitle, emptyText }: Props) {
  const query = usePages(registryEndpoints.artifactList, { params: { project }, query: filter })
  const items = query.data?.pages.flatMap((page) => page.items) ?? []
  if (query.error) return <Failure error={query.error} retry={() => void query.refetch()} />
  if (query.isSuccess && items.length === 0) {
    return <Empty icon={<Package size={32} />} title={emptyTitle} text={emptyText} />
  }
  return (
    <>
      <div className="card rows">
        {items.map((artifact) => (
          <div key={artifact.id} className="row">
            <Link
              to="/p/$project/artifacts/$artifact"
              params={{ project, artifact: artifact.id }}
              className="grow"
              style={{ textDecoration: 'none' }}
            >
              <Text fw={600} className="ellipsis">
                {artifact.path}
              </Text>
              <Text size="sm" className="dim ellipsis">
                {artifact.name} {artifact.version}
              </Text>
            </Link>
            <Text size="sm" className="dim" ta="right">
              {bytesText(artifact.sizeBytes)}
              <br />
              <Ago at={artifact.createdAt} />
            </Text>
            <ActionIcon
              component="a"
              href={artifact.downloadUrl}
              download
              variant="default"
              size="lg"
              aria-label={t('registry.download')}
            >
              <Download size={16} />
            </ActionIcon>
          </div>
        ))}
      </div>
      <MoreButton query={query} />
    </>
  )
}
