import { codeEndpoints, type MergeQueue, type Repo } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Button, Text, Title } from '@mantine/core'
import { ListOrdered } from 'lucide-react'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Section } from '../ui/pieces.tsx'
import { useMay } from '../ui/role.ts'
import { Empty, Loaded } from '../ui/states.tsx'
import { EndRow, EntryRow } from './queue-rows.tsx'
import { RepoFrame } from './repo-frame.tsx'

const listStyle = { margin: 0, padding: 0, listStyle: 'none' }

/** `…/pulls/queue`: what waits to be merged, and what became of the rest. */
export function QueuePage() {
  return <RepoFrame>{(repo) => <Queues repo={repo} />}</RepoFrame>
}

function Queues({ repo }: { repo: Repo }) {
  const place = { project: repo.project, repo: repo.name }
  const query = useEndpoint(codeEndpoints.mergeQueueList, { params: place })
  return (
    <>
      <Title order={2} fz={20}>
        {t('queue.title')}
      </Title>
      <Text size="sm" className="dim" maw={680}>
        {t('queue.note')}
      </Text>
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <NoQueue place={place} />
          ) : (
            items.map((queue) => <OneQueue key={queue.target} queue={queue} place={place} />)
          )
        }
      </Loaded>
    </>
  )
}

interface OfPlace {
  place: { project: string; repo: string }
}

function NoQueue({ place }: OfPlace) {
  const maySet = useMay('maintainer')
  const to = `/p/${place.project}/code/${place.repo}/settings`
  return (
    <div className="card" style={{ marginTop: 16 }}>
      <Empty
        icon={<ListOrdered size={32} />}
        title={t('queue.none')}
        text={t('queue.noneText')}
        action={
          maySet && (
            <Button mt="sm" variant="default" component={Link} to={to}>
              {t('queue.toSettings')}
            </Button>
          )
        }
      />
    </div>
  )
}

function OneQueue({ queue, place }: OfPlace & { queue: MergeQueue }) {
  const { target, rule, entries, ended, checksNeeded } = queue
  const facts = rule && [
    t('queue.checks', { count: checksNeeded }),
    t('queue.builds', { count: rule.mostBuilds }),
    t('queue.wait', { count: rule.waitMinutes }),
  ]
  return (
    <Section title={t('queue.into', { target })}>
      <Text size="sm" className="dim" mb={8}>
        {facts ? facts.join(' · ') : t('queue.off')}
      </Text>
      <div className="card rows">
        {entries.length === 0 && (
          <Empty
            isSmall
            icon={<ListOrdered size={24} />}
            title={t('queue.empty')}
            text={rule && t('queue.emptyText')}
          />
        )}
        {entries.length > 0 && (
          <ol style={listStyle} className="rows">
            {entries.map((entry, index) => (
              <EntryRow
                key={entry.number}
                entry={entry}
                isLast={index === entries.length - 1}
                place={place}
              />
            ))}
          </ol>
        )}
      </div>
      {ended.length > 0 && (
        <>
          <Title order={3} fz={15} mt={18} mb={8}>
            {t('queue.ended')}
          </Title>
          <ul className="card rows" style={listStyle}>
            {ended.map((end) => (
              <EndRow key={`${end.number} ${end.at}`} end={end} place={place} />
            ))}
          </ul>
        </>
      )}
    </Section>
  )
}
