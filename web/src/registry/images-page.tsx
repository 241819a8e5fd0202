import { imageEndpoints, type ImageRepo } from '@madang/api'
import { Link, useParams } from '@tanstack/react-router'
import { Badge, Progress, Text } from '@mantine/core'
import { Container } from 'lucide-react'
import { useEndpoint, useLive, usePages } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { CopyText, MoreButton, Section } from '../ui/pieces.tsx'
import { useMay } from '../ui/role.ts'
import { Empty, Failure, Loaded } from '../ui/states.tsx'
import { Ago, bytesText } from '../ui/time.tsx'
import { ImagePolicySection } from './image-policy.tsx'
import { shortName } from './image-names.ts'
import { PackagesFrame } from './packages-frame.tsx'

/** `/p/GB/images`: what the project's registry holds, and how to push to it. */
export function ImagesPage() {
  const { project } = useParams({ strict: false }) as { project: string }
  const query = usePages(imageEndpoints.imageRepoList, { params: { project }, query: {} })
  const policy = useEndpoint(imageEndpoints.imagePolicyGet, { params: { project } })
  const mayMaintain = useMay('maintainer')
  useLive([`project:${project}`])
  const first = query.data?.pages[0]
  const items = query.data?.pages.flatMap((page) => page.items) ?? []
  const host = first?.host ?? window.location.host
  const quota = policy.data?.quotaBytes
  const used = first && bytesText(first.usedBytes)
  const note = !used
    ? undefined
    : quota
      ? t('registry.usedOf', { used, quota: bytesText(quota) })
      : t('registry.used', { used })
  return (
    <PackagesFrame project={project} title={t('registry.images')} note={note}>
      {first && quota ? <Room used={first.usedBytes} quota={quota} /> : null}
      {query.error && <Failure error={query.error} retry={() => void query.refetch()} />}
      {query.isSuccess && items.length === 0 && (
        <Empty
          icon={<Container size={32} />}
          title={t('registry.imagesNone')}
          text={t('registry.imagesNoneText')}
        />
      )}
      {items.length > 0 && (
        <div className="card rows">
          {items.map((repo) => (
            <RepoRow key={repo.name} project={project} repo={repo} />
          ))}
        </div>
      )}
      <MoreButton query={query} />
      <Section title={t('registry.pushTitle')}>
        <Text size="sm" className="dim" mb={8}>
          {t('registry.pushNote')}
        </Text>
        <CopyText text={pushLines(host, project)} label={t('registry.pushTitle')} />
      </Section>
      <Loaded query={policy} lines={2}>
        {(data) => (
          <ImagePolicySection
            key={JSON.stringify(data)}
            project={project}
            policy={data}
            mayChange={mayMaintain}
          />
        )}
      </Loaded>
    </PackagesFrame>
  )
}

/** How much of the project's room is taken; a push that does not fit is refused. */
function Room({ used, quota }: { used: number; quota: number }) {
  const part = Math.min(100, (used / quota) * 100)
  const color = part >= 100 ? 'red' : part >= 90 ? 'yellow' : undefined
  return (
    <div style={{ marginBottom: 14 }}>
      <Progress value={part} color={color} size="sm" aria-label={t('registry.quota')} />
      {part >= 90 && (
        <Text size="sm" mt={6} component="output" display="block">
          {t(part >= 100 ? 'registry.roomGone' : 'registry.roomScarce')}
        </Text>
      )}
    </div>
  )
}

function pushLines(host: string, project: string): string {
  const image = `${host}/${project.toLowerCase()}/guestbook:1.0`
  return [
    `docker login ${host}`,
    `docker build -t ${image} .`,
    `docker push ${image}`,
    `docker pull ${image}`,
  ].join('\n')
}

function RepoRow({ project, repo }: { project: string; repo: ImageRepo }) {
  const params = { project, image: shortName(repo.name) }
  return (
    <Link to="/p/$project/images/$image" params={params} className="row">
      <div className="grow">
        <Text fw={600} className="ellipsis">
          {repo.name}
        </Text>
        <Text size="sm" className="dim">
          {t('registry.tagCount', { count: repo.tags })} · {bytesText(repo.sizeBytes)}
        </Text>
      </div>
      {repo.latestTag && (
        <Badge variant="light" radius="sm" tt="none" style={{ flex: 'none', maxWidth: '38%' }}>
          {repo.latestTag}
        </Badge>
      )}
      {repo.updatedAt && (
        <Text size="sm" className="dim only-wide" style={{ flex: 'none' }}>
          <Ago at={repo.updatedAt} />
        </Text>
      )}
    </Link>
  )
}
