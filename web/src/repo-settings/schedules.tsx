import { useState } from 'react'
import { type PipelineSchedule, pipelineSetupEndpoints } from '@madang/api'
import { Badge, Button, Group, Switch, Text } from '@mantine/core'
import { CalendarClock } from 'lucide-react'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { ConfirmButton } from '../ui/dialogs.tsx'
import { Listing, NewButton } from '../ui/listing.tsx'
import { Section } from '../ui/pieces.tsx'
import { agoText, momentText } from '../ui/time.tsx'
import type { OfRepo } from './of-repo.ts'
import { ScheduleForm } from './schedule-form.tsx'
import { scheduleText } from './schedule-words.ts'

/** When branches are built by the clock. */
export function Schedules({ repo, params }: OfRepo) {
  const [edited, setEdited] = useState<PipelineSchedule | 'new'>()
  const query = useEndpoint(pipelineSetupEndpoints.scheduleList, { params })
  return (
    <Section
      title={t('setup.schedules')}
      right={
        <NewButton isSecondary label={t('setup.scheduleAdd')} begin={() => setEdited('new')} />
      }
    >
      <Listing
        query={query}
        items={query.data?.items}
        note={t('setup.schedulesNote')}
        empty={{
          isSmall: true,
          icon: <CalendarClock size={24} />,
          title: t('setup.noSchedules'),
          text: t('setup.noSchedulesText'),
        }}
      >
        {(item) => (
          <ScheduleRow key={item.id} item={item} params={params} edit={() => setEdited(item)} />
        )}
      </Listing>
      {edited && (
        <ScheduleForm
          repo={repo}
          params={params}
          schedule={edited === 'new' ? undefined : edited}
          close={() => setEdited(undefined)}
        />
      )}
    </Section>
  )
}

interface RowProps {
  item: PipelineSchedule
  params: OfRepo['params']
  edit: () => void
}

function ScheduleRow({ item, params, edit }: RowProps) {
  const { branch, cron, isOn, isWritten, nextAt } = item
  const next = nextAt && t('setup.next', { when: agoText(nextAt) })
  return (
    <div className="row" style={{ flexWrap: 'wrap' }}>
      <CalendarClock size={18} className="dim" style={{ flex: 'none' }} />
      <div className="grow" style={{ flexBasis: 200 }}>
        <Group gap={8}>
          <Text fw={600} className="mono" style={{ overflowWrap: 'anywhere' }}>
            {branch}
          </Text>
          {isWritten && (
            <Badge size="sm" variant="light" tt="none" color="gray">
              {t('setup.written')}
            </Badge>
          )}
          {!isOn && (
            <Badge size="sm" variant="light" tt="none" color="gray">
              {t('setup.off')}
            </Badge>
          )}
        </Group>
        <Text size="sm" className="dim" title={nextAt && momentText(nextAt)}>
          {[scheduleText(cron), next].filter(Boolean).join(' · ')}
        </Text>
      </div>
      {!isWritten && <Actions item={item} params={params} edit={edit} />}
    </div>
  )
}

function Actions({ item, params, edit }: RowProps) {
  const { id, branch, isOn } = item
  const of = { params: { ...params, id } }
  const update = useAction(pipelineSetupEndpoints.scheduleUpdate)
  const remove = useAction(pipelineSetupEndpoints.scheduleDelete)
  return (
    <Group gap={8} style={{ flex: 'none' }}>
      <Switch
        aria-label={t('setup.scheduleOn', { branch })}
        checked={isOn}
        disabled={update.isPending}
        onChange={() => update.mutate({ ...of, body: { isOn: !isOn } })}
      />
      <Button
        size="xs"
        variant="default"
        onClick={edit}
        aria-label={`${t('ui.edit')}: ${branch}, ${scheduleText(item.cron)}`}
      >
        {t('ui.edit')}
      </Button>
      <ConfirmButton
        size="xs"
        label={t('ui.delete')}
        text={t('setup.scheduleRemoveText', { branch })}
        run={() => remove.mutate(of)}
        isBusy={remove.isPending}
      />
    </Group>
  )
}
