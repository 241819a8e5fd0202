import { imageEndpoints, type ImageTag } from '@madang/api'
import { Link, useParams } from '@tanstack/react-router'
import { Text } from '@mantine/core'
import { Tag } from 'lucide-react'
import { useAction, useEndpoint, useLive, usePages } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { ConfirmButton } from '../ui/dialogs.tsx'
import { Trail } from '../ui/link-tabs.tsx'
import { CopyText, MoreButton, Section } from '../ui/pieces.tsx'
import { useMay } from '../ui/role.ts'
import { Empty, Failure } from '../ui/states.tsx'
import { Ago, bytesText } from '../ui/time.tsx'
import { pullName, referrerKind, shortDigest } from './image-names.ts'
import { PackagesFrame } from './packages-frame.tsx'
import { RunLink } from './run-link.tsx'

/** `/p/GB/images/<image>`: the tags of one repository. */
export function ImageTagsPage() {
  const { project, image } = useParams({ strict: false }) as { project: string; image: string }
  const params = { project, image }
  const query = usePages(imageEndpoints.imageTagList, { params, query: {} })
  const repos = useEndpoint(imageEndpoints.imageRepoList, { params: { project }, query: {} })
  const mayDelete = useMay('maintainer')
  useLive([`project:${project}`])
  const items = query.data?.pages.flatMap((page) => page.items) ?? []
  const first = items.find((tag) => tag.attachedTo === undefined)
  const repo = `${project.toLowerCase()}/${image}`
  const title = (
    <Trail to={`/p/${project}/images`} name={t('registry.images')}>
      {image}
    </Trail>
  )
  return (
    <PackagesFrame project={project} title={title} note={repo}>
      {query.error && <Failure error={query.error} retry={() => void query.refetch()} />}
      {query.isSuccess && items.length === 0 && (
        <Empty
          icon={<Tag size={32} />}
          title={t('registry.tagsNone')}
          text={t('registry.tagsNoneText')}
        />
      )}
      <div className="card rows">
        {items.map((tag) => (
          <TagRow key={tag.tag} params={params} tag={tag} mayDelete={mayDelete} />
        ))}
      </div>
      <MoreButton query={query} />
      {first && (
        <Section title={t('registry.pullTitle')}>
          <CopyText
            text={`docker pull ${pullName(repos.data?.host ?? window.location.host, repo, first.tag)}`}
            label={t('registry.pullTitle')}
          />
        </Section>
      )}
    </PackagesFrame>
  )
}

/** cosign's endings; without one it is the index of all that is attached. */
const endings: Record<string, string> = { sig: 'signature', att: 'attestation', sbom: 'sbom' }
const kindOf = ({ tag }: ImageTag) => endings[tag.slice(tag.lastIndexOf('.') + 1)]

interface RowProps {
  params: { project: string; image: string }
  tag: ImageTag
  mayDelete: boolean
}

function TagRow({ params, tag, mayDelete }: RowProps) {
  const remove = useAction(imageEndpoints.imageTagDelete)
  return (
    <div className="row" style={{ flexWrap: 'wrap' }}>
      <div className="grow" style={{ flexBasis: 220 }}>
        <Link
          to="/p/$project/images/$image/$reference"
          params={{ ...params, reference: tag.tag }}
          style={{ fontWeight: 600 }}
        >
          {tag.attachedTo
            ? t(`registry.referrer_${referrerKind({ artifactType: kindOf(tag) })}`)
            : tag.tag}
        </Link>
        <Text size="sm" className="dim">
          <span className="mono">{shortDigest(tag.digest)}</span>
          {tag.sizeBytes > 0 && ` · ${bytesText(tag.sizeBytes)}`}
          {tag.attachedTo && ` · ${t('registry.attests', { digest: shortDigest(tag.attachedTo) })}`}
          {tag.platforms.length > 0 && ` · ${tag.platforms.join(', ')}`}
        </Text>
      </div>
      <Text size="sm" className="dim">
        {tag.runId && (
          <>
            <RunLink project={params.project} run={tag.runId} /> ·{' '}
          </>
        )}
        <Ago at={tag.updatedAt} />
      </Text>
      {mayDelete && (
        <ConfirmButton
          size="xs"
          label={t('registry.tagDelete')}
          text={t('registry.tagDeleteText', { tag: tag.tag })}
          isBusy={remove.isPending}
          run={() => remove.mutate({ params: { ...params, tag: tag.tag } })}
        />
      )}
    </div>
  )
}
