import { useState } from 'react'
import { Button, NumberInput, Text } from '@mantine/core'
import { Archive, History } from 'lucide-react'
import { t } from '../i18n/index.ts'
import { ConfirmButton, FormDialog } from '../ui/dialogs.tsx'
import { NewButton } from '../ui/listing.tsx'
import { Section } from '../ui/pieces.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { bytesText, momentText } from '../ui/time.tsx'
import { NameInput } from './name-input.tsx'
import { useChange, useRead } from './operate.ts'
import { ForChangers } from './setting-change.tsx'

interface Bus {
  Name: string
  Arn: string
}

interface Kept {
  ArchiveName: string
  State?: string
  EventCount?: number
  SizeBytes?: number
  CreationTime: string
}

interface Replay {
  ReplayName: string
  State?: string
  ReplayStartTime?: string
}

const REFRESH_MS = 4000

const wholeSecond = (moment: string) => moment.replace(/\.\d+Z$/, 'Z')

/** What is kept of a bus, and sending it once more. */
export function EventArchives({ bus }: { bus: Bus }) {
  const [isCreating, setCreating] = useState(false)
  const of = { EventSourceArn: bus.Arn }
  const options = { refetchMs: REFRESH_MS }
  const kept = useRead<{ Archives?: Kept[] }>('events', 'listArchives', of, options)
  const replays = useRead<{ Replays?: Replay[] }>('events', 'listReplays', {}, options)
  return (
    <Section
      title={t('events.archives')}
      right={
        <ForChangers>
          <NewButton isSecondary label={t('events.newArchive')} begin={() => setCreating(true)} />
        </ForChangers>
      }
    >
      <Loaded query={kept} lines={2}>
        {({ Archives: items = [] }) => (
          <div className="card rows">
            {items.length === 0 && (
              <Empty
                isSmall
                icon={<Archive size={24} />}
                title={t('events.noArchives')}
                text={t('events.noArchivesText')}
              />
            )}
            {items.map((entry) => (
              <ArchiveRow key={entry.ArchiveName} kept={entry} bus={bus} />
            ))}
            {(replays.data?.Replays ?? []).map((replay) => (
              <div key={replay.ReplayName} className="row">
                <History size={18} className="dim" style={{ flex: 'none' }} />
                <Text className="grow ellipsis">{replay.ReplayName}</Text>
                <StateBadge state={replay.State ?? ''} />
              </div>
            ))}
          </div>
        )}
      </Loaded>
      {isCreating && <ArchiveCreate bus={bus} close={() => setCreating(false)} />}
    </Section>
  )
}

function ArchiveRow({ kept, bus }: { kept: Kept; bus: Bus }) {
  const remove = useChange('events', 'deleteArchive')
  const replay = useChange('events', 'startReplay')
  const start = () => {
    const source = bus.Arn.replace(/:event-bus\/.*$/, `:archive/${kept.ArchiveName}`)
    replay.mutate({
      ReplayName: `${kept.ArchiveName.slice(0, 40)}-${Date.now()}`,
      EventSourceArn: source,
      // Events carry whole seconds: one of the second the archive was made in belongs to it, too.
      EventStartTime: wholeSecond(kept.CreationTime),
      EventEndTime: new Date().toISOString(),
      Destination: { Arn: bus.Arn },
    })
  }
  const facts = t('events.keptFacts', {
    count: kept.EventCount ?? 0,
    size: bytesText(kept.SizeBytes ?? 0),
    since: momentText(kept.CreationTime),
  })
  return (
    <div className="row" style={{ flexWrap: 'wrap' }}>
      <Archive size={18} className="dim" style={{ flex: 'none' }} />
      <div className="grow" style={{ flexBasis: 200 }}>
        <Text fw={600}>{kept.ArchiveName}</Text>
        <Text size="sm" className="dim">
          {facts}
        </Text>
      </div>
      <ForChangers>
        <Button
          size="xs"
          variant="default"
          leftSection={<History size={14} />}
          disabled={!kept.EventCount}
          loading={replay.isPending}
          onClick={start}
        >
          {t('events.replay')}
        </Button>
        <ConfirmButton
          size="xs"
          label={t('ui.delete')}
          text={t('console.deleteText', { name: kept.ArchiveName })}
          run={() => remove.mutate({ ArchiveName: kept.ArchiveName })}
          isBusy={remove.isPending}
        />
      </ForChangers>
    </div>
  )
}

function ArchiveCreate({ bus, close }: { bus: Bus; close: () => void }) {
  const [name, setName] = useState('')
  const [days, setDays] = useState(0)
  const create = useChange('events', 'createArchive', { quiet: true, done: close })
  return (
    <FormDialog
      title={t('events.newArchive')}
      close={close}
      label={t('ui.create')}
      isBusy={create.isPending}
      error={create.error}
      submit={() =>
        create.mutate({ ArchiveName: name, EventSourceArn: bus.Arn, RetentionDays: days })
      }
    >
      <NameInput name={name} set={setName} />
      <NumberInput
        label={t('events.days')}
        description={t('events.daysHint')}
        min={0}
        value={days}
        onChange={(value) => setDays(Number(value) || 0)}
      />
    </FormDialog>
  )
}
