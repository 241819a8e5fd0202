import { type ImageDetail, imageEndpoints } from '@madang/api'
import { Link, useParams } from '@tanstack/react-router'
import { Badge, Group, Text } from '@mantine/core'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { ThreadPanel } from '../thread/thread-panel.tsx'
import { Trail } from '../ui/link-tabs.tsx'
import { CopyText, Facts, Section } from '../ui/pieces.tsx'
import { Loaded } from '../ui/states.tsx'
import { Ago, bytesText, momentText } from '../ui/time.tsx'
import { ImageLayers } from './image-layers.tsx'
import { ImageUses } from './image-uses.tsx'
import { pullName, referrerKind, shortDigest } from './image-names.ts'
import { useMakerName } from './maker-name.ts'
import { PackagesFrame } from './packages-frame.tsx'
import { RunLink } from './run-link.tsx'

interface Place {
  project: string
  image: string
  reference: string
}

/** `/p/GB/images/<image>/<tag or digest>`: what one image is made of and where it came from. */
export function ImagePage() {
  const params = useParams({ strict: false }) as unknown as Place
  const { project, image, reference } = params
  const query = useEndpoint(imageEndpoints.imageGet, { params })
  const title = (
    <>
      <Trail to={`/p/${project}/images`} name={t('registry.images')}>
        <Link to="/p/$project/images/$image" params={{ project, image }} className="dim">
          {image}
        </Link>
      </Trail>
      <span className="dim"> / </span>
      {reference.includes(':') ? shortDigest(reference) : reference}
    </>
  )
  return (
    <PackagesFrame project={project} title={title}>
      <Loaded query={query} lines={8}>
        {(detail) => <ImageView place={params} detail={detail} />}
      </Loaded>
    </PackagesFrame>
  )
}

function ImageView({ place, detail }: { place: Place; detail: ImageDetail }) {
  const { project } = place
  const repos = useEndpoint(imageEndpoints.imageRepoList, { params: { project }, query: {} })
  const host = repos.data?.host ?? window.location.host
  const isImage = detail.subject === undefined
  const pull = pullName(host, detail.repo, place.reference)
  return (
    <>
      <CopyText
        text={isImage ? `docker pull ${pull}` : `oras pull ${pull}`}
        label={t('registry.pullTitle')}
      />
      <div style={{ marginTop: 14 }}>
        <ImageFacts place={place} detail={detail} />
      </div>
      {detail.manifests.length > 0 && (
        <Section title={t('registry.platforms')}>
          <Others
            place={place}
            items={detail.manifests.map((it) => ({
              ...it,
              name:
                it.platform ?? t(`registry.${it.attestationOf ? 'referrer_attestation' : 'part'}`),
              note: it.attestationOf
                ? t('registry.attests', { digest: shortDigest(it.attestationOf) })
                : t('registry.layers', { count: it.layers }),
            }))}
          />
        </Section>
      )}
      {detail.layers.length > 0 && <ImageLayers layers={detail.layers} history={detail.history} />}
      {isImage && <Referrers place={place} items={detail.referrers} />}
      {isImage && <ImageUses params={place} />}
      <Labels title={t('registry.labels')} values={detail.labels} />
      <Labels title={t('registry.annotations')} values={detail.annotations} />
      {detail.tags.length > 0 && (
        <Section title={t('ui.thread')}>
          <ThreadPanel kind="artifact" id={`image:${detail.repo}@${detail.digest}`} />
        </Section>
      )}
    </>
  )
}

function Referrers({ place, items }: { place: Place; items: ImageDetail['referrers'] }) {
  return (
    <Section title={t('registry.referrers')}>
      {items.length === 0 ? (
        <Text size="sm" className="dim">
          {t('registry.referrersNone')}
        </Text>
      ) : (
        <Others
          place={place}
          items={items.map((it) => ({
            ...it,
            name: t(`registry.referrer_${referrerKind(it)}`),
            note: it.predicateType ?? it.artifactType,
          }))}
        />
      )}
    </Section>
  )
}

function ImageFacts({ place, detail }: { place: Place; detail: ImageDetail }) {
  const { project } = place
  const { tags, runId, createdAt } = detail
  const who = useMakerName(detail.pushedBy)
  const kind = /\.image\.config\b|\.container\.image\b/.test(detail.artifactType ?? '')
    ? undefined
    : detail.artifactType
  return (
    <Facts
      items={[
        [t('registry.digest'), <Mono key="digest" text={detail.digest} />],
        [t('registry.tags'), tags.length > 0 && <Tags key="tags" tags={tags} />],
        [
          t('registry.attachedTo'),
          detail.subject && <Digest key="subject" place={place} digest={detail.subject} />,
        ],
        [t('registry.size'), sizeOf(detail)],
        [t('registry.platforms'), detail.manifests.length === 0 && detail.platforms.join(', ')],
        [t('registry.kindOf'), <Mono key="kind" text={kind ?? detail.mediaType} />],
        [t('registry.madeByRun'), runId && <RunLink key="run" project={project} run={runId} />],
        [t('registry.commit'), detail.revision && <Commit key="commit" detail={detail} />],
        [t('registry.created'), createdAt && momentText(createdAt)],
        [
          t('registry.pushed'),
          <span key="pushed">
            {who && `${who} · `}
            <Ago at={detail.pushedAt} />
          </span>,
        ],
      ].filter((entry): entry is [string, Exclude<(typeof entry)[1], false>] => entry[1] !== false)}
    />
  )
}

/** What a client pulls; of an index, what all platforms take together. */
function sizeOf({ layers, manifests, sizeBytes }: ImageDetail): string | false {
  if (manifests.length > 1) {
    return t('registry.sizeOfAll', { size: bytesText(sizeBytes), count: manifests.length })
  }
  return layers.length + manifests.length > 0 && bytesText(sizeBytes)
}

function Digest({ place, digest }: { place: Place; digest: string }) {
  return (
    <Link
      to="/p/$project/images/$image/$reference"
      params={{ ...place, reference: digest }}
      className="mono"
    >
      {shortDigest(digest)}
    </Link>
  )
}

function Commit({ detail: { revision = '', commitUrl } }: { detail: ImageDetail }) {
  if (commitUrl === undefined) return <Mono text={revision} />
  return (
    <Link to={commitUrl} className="mono">
      {revision.slice(0, 12)}
    </Link>
  )
}

const Mono = ({ text }: { text: string }) => <span className="mono">{text}</span>

function Tags({ tags }: { tags: string[] }) {
  return (
    <Group gap={6}>
      {tags.map((tag) => (
        <Badge key={tag} variant="light" radius="sm" tt="none">
          {tag}
        </Badge>
      ))}
    </Group>
  )
}

interface OtherProps {
  place: Place
  items: { digest: string; name: string; note?: string | undefined; sizeBytes: number }[]
}

/** Other manifests of the repository, each with its own page. */
function Others({ place, items }: OtherProps) {
  return (
    <div className="card rows">
      {items.map((item) => (
        <Link
          key={item.digest}
          to="/p/$project/images/$image/$reference"
          params={{ ...place, reference: item.digest }}
          className="row"
        >
          <div className="grow">
            <Text fw={600}>{item.name}</Text>
            <Text size="sm" className="dim ellipsis">
              <span className="mono">{shortDigest(item.digest)}</span>
              {item.note && ` · ${item.note}`}
            </Text>
          </div>
          <Text size="sm" className="dim" style={{ flex: 'none' }}>
            {bytesText(item.sizeBytes)}
          </Text>
        </Link>
      ))}
    </div>
  )
}

function Labels({ title, values }: { title: string; values: Record<string, string> }) {
  const items = Object.entries(values)
  if (items.length === 0) return null
  return (
    <Section title={title}>
      <Facts items={items} />
    </Section>
  )
}
