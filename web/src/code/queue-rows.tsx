import { codeEndpoints, type QueueEnd, type QueueEntry } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Button, Group, Text } from '@mantine/core'
import { useAction } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { useMay } from '../ui/role.ts'
import { StateBadge } from '../ui/state-badge.tsx'
import { Ago, agoText } from '../ui/time.tsx'
import { endText } from './queue-words.ts'
import { StatusMarks } from './status-marks.tsx'

const colours = { waiting: 'waiting', checking: 'RUNNING', passed: 'passed', failed: 'FAILED' }

interface Place {
  project: string
  repo: string
}

/** Who added it, when, how it merges, and how long its checks have. */
export function EntryFacts({ entry }: { entry: QueueEntry }) {
  return (
    <>
      {t('queue.by', { who: entry.by.name })}, <Ago at={entry.addedAt} /> ·{' '}
      {t(`code.strategy_${entry.strategy}`)}
      {entry.state === 'checking' && entry.decidedBy
        ? ` · ${t('queue.until', { when: agoText(entry.decidedBy) })}`
        : ''}
    </>
  )
}

function PullLink({ place, number, title }: { place: Place; number: number; title: string }) {
  return (
    <Link
      to="/p/$project/code/$repo/pulls/$number"
      params={{ ...place, number: String(number) }}
      style={{ fontWeight: 600 }}
    >
      {title} #{number}
    </Link>
  )
}

interface RowProps {
  entry: QueueEntry
  isLast: boolean
  place: Place
}

export function EntryRow({ entry, isLast, place }: RowProps) {
  const { number, title, position, state } = entry
  return (
    <li className="row" style={{ flexWrap: 'wrap' }}>
      <Text fw={600} w={26} className="dim" aria-hidden>
        {position}
      </Text>
      <div className="grow" style={{ flexBasis: 240, minWidth: 0 }}>
        <Group gap={8}>
          <PullLink place={place} number={number} title={title} />
          <StateBadge state={colours[state]} label={t(`queue.word_${state}`)} />
        </Group>
        <Text size="sm" className="dim" mb={entry.statuses.length > 0 ? 6 : 0}>
          {t(`queue.state_${state}`)} · <EntryFacts entry={entry} />
        </Text>
        <StatusMarks statuses={entry.statuses} />
      </div>
      <EntryButtons entry={entry} isLast={isLast} place={place} />
    </li>
  )
}

function EntryButtons({ entry, isLast, place }: RowProps) {
  const mayLeave = useMay('developer')
  const mayMove = useMay('maintainer')
  const leave = useAction(codeEndpoints.pullQueueLeave)
  const move = useAction(codeEndpoints.pullQueueMove)
  const { number, position } = entry
  const params = { ...place, number }
  const to = (next: number) => () => move.mutate({ params, body: { position: next } })
  return (
    <Group gap={8}>
      {mayMove && position > 1 && (
        <Button
          size="xs"
          variant="default"
          loading={move.isPending}
          aria-label={t('queue.frontOf', { number })}
          onClick={to(1)}
        >
          {t('queue.front')}
        </Button>
      )}
      {mayMove && !isLast && (
        <Button
          size="xs"
          variant="default"
          loading={move.isPending}
          aria-label={t('queue.laterOf', { number })}
          onClick={to(position + 1)}
        >
          {t('queue.later')}
        </Button>
      )}
      {mayLeave && (
        <Button
          size="xs"
          variant="default"
          loading={leave.isPending}
          aria-label={`${t('queue.leave')}: #${number}`}
          onClick={() => leave.mutate({ params })}
        >
          {t('queue.leave')}
        </Button>
      )}
    </Group>
  )
}

export function EndRow({ end, place }: { end: QueueEnd; place: Place }) {
  const isMerged = end.outcome === 'merged'
  return (
    <li className="row" style={{ flexWrap: 'wrap' }}>
      <div className="grow" style={{ flexBasis: 240, minWidth: 0 }}>
        <PullLink place={place} number={end.number} title={end.title} />
        <Text size="sm" className="dim" style={{ overflowWrap: 'anywhere' }}>
          {endText(end)} · <Ago at={end.at} /> · {t('queue.by', { who: end.addedBy })}
        </Text>
      </div>
      <StateBadge
        state={isMerged ? 'merged' : 'declined'}
        label={t(isMerged ? 'code.merged' : 'queue.removedWord')}
      />
    </li>
  )
}
