import { useState } from 'react'
import { Group, Select } from '@mantine/core'
import { t } from '../i18n/index.ts'
import { ConfirmButton, FormDialog } from '../ui/dialogs.tsx'
import { NewButton } from '../ui/listing.tsx'
import { Loaded } from '../ui/states.tsx'
import { Calls } from './calls.tsx'
import { CloudFrame } from './cloud-frame.tsx'
import { EventArchives } from './event-archives.tsx'
import { EventRules } from './event-rules.tsx'
import { EventSend } from './event-send.tsx'
import { NameInput } from './name-input.tsx'
import { useChange, useRead } from './operate.ts'
import { ForChangers } from './setting-change.tsx'

interface Bus {
  Name: string
  Arn: string
}

/** `/cloud/events`: one bus at a time, with what listens to it and what is kept of it. */
export function EventsPage() {
  const [name, setName] = useState('default')
  const [isCreating, setCreating] = useState(false)
  const query = useRead<{ EventBuses?: Bus[] }>('events', 'listEventBuses')
  const remove = useChange('events', 'deleteEventBus', { done: () => setName('default') })
  return (
    <CloudFrame
      title="EventBridge"
      explains="events"
      note={query.data && t('events.busCount', { count: query.data.EventBuses?.length ?? 0 })}
      actions={<NewButton label={t('events.newBus')} begin={() => setCreating(true)} />}
    >
      <Loaded query={query}>
        {({ EventBuses: buses = [] }) => {
          const bus = buses.find((entry) => entry.Name === name)
          return (
            <>
              <Group gap="sm" align="flex-end">
                <Select
                  label={t('events.bus')}
                  allowDeselect={false}
                  data={buses.map((entry) => entry.Name)}
                  value={name}
                  onChange={(value) => value && setName(value)}
                />
                {bus && name !== 'default' && (
                  <ForChangers>
                    <ConfirmButton
                      label={t('ui.delete')}
                      text={t('console.deleteText', { name })}
                      run={() => remove.mutate({ Name: name })}
                      isBusy={remove.isPending}
                    />
                  </ForChangers>
                )}
              </Group>
              <EventRules key={`rules ${name}`} bus={name} />
              <ForChangers>
                <EventSend bus={name} />
              </ForChangers>
              {bus && <EventArchives key={`kept ${name}`} bus={bus} />}
            </>
          )
        }}
      </Loaded>
      <Calls service="events" />
      {isCreating && <BusCreate close={() => setCreating(false)} done={setName} />}
    </CloudFrame>
  )
}

function BusCreate({ close, done }: { close: () => void; done: (name: string) => void }) {
  const [name, setName] = useState('')
  const create = useChange('events', 'createEventBus', {
    quiet: true,
    done: () => {
      close()
      done(name)
    },
  })
  return (
    <FormDialog
      title={t('events.newBus')}
      close={close}
      label={t('ui.create')}
      isBusy={create.isPending}
      error={create.error}
      submit={() => create.mutate({ Name: name })}
    >
      <NameInput name={name} set={setName} />
    </FormDialog>
  )
}
