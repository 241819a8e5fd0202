import { type ImageUse, imageEndpoints } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Text } from '@mantine/core'
import { useEndpoint, useLive } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Section } from '../ui/pieces.tsx'
import { Loaded } from '../ui/states.tsx'
import { Ago } from '../ui/time.tsx'

interface Props {
  params: { project: string; image: string; reference: string }
}

/** What runs from an image now, and what counts as running. */
export function ImageUses({ params }: Props) {
  const query = useEndpoint(imageEndpoints.imageUseList, { params })
  useLive([`project:${params.project}`])
  return (
    <Section title={t('registry.running')}>
      <Loaded query={query} lines={2}>
        {({ items }) => (
          <>
            {items.length > 0 && (
              <div className="card rows">
                {items.map((use) => (
                  <UseRow key={`${use.kind} ${use.name}`} use={use} />
                ))}
              </div>
            )}
            <Text size="sm" className="dim" mt={items.length > 0 ? 8 : 0}>
              {items.length === 0 && `${t('registry.runningNone')} `}
              {t('registry.runningWhat')}
            </Text>
          </>
        )}
      </Loaded>
    </Section>
  )
}

function UseRow({ use }: { use: ImageUse }) {
  const { kind, name, of, url, since, isByTag } = use
  const note = [
    t(`registry.use_${kind}`),
    of ?? (kind === 'container' ? t('registry.useByHand') : undefined),
    isByTag ? t('registry.useByTag') : undefined,
  ]
  const inside = (
    <>
      <div className="grow">
        <Text fw={600} className="ellipsis">
          {name}
        </Text>
        <Text size="sm" className="dim">
          {note.filter((part) => part !== undefined).join(' · ')}
        </Text>
      </div>
      {since && (
        <Text size="sm" className="dim" style={{ flex: 'none' }}>
          <Ago at={since} />
        </Text>
      )}
    </>
  )
  if (url === undefined) return <div className="row">{inside}</div>
  return (
    <Link to={url} className="row">
      {inside}
    </Link>
  )
}
