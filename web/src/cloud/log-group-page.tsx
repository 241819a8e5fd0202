import { useState } from 'react'
import { cloudConsoleEndpoints as api } from '@madang/api'
import { useParams } from '@tanstack/react-router'
import { Select } from '@mantine/core'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { agoText } from '../ui/time.tsx'
import { CloudFrame } from './cloud-frame.tsx'
import { Trail } from '../ui/link-tabs.tsx'
import { LogEvents } from './log-events.tsx'
import { useRegion } from './region.ts'

/** `/cloud/logs/<group>`, the group's slashes encoded. */
export function LogGroupPage() {
  const { group } = useParams({ strict: false }) as { group: string }
  const [stream, setStream] = useState<string | null>(null)
  const streams = useEndpoint(api.cloudLogStreamList, {
    query: { ...useRegion(), group, limit: 50 },
  })
  const data = (streams.data?.items ?? []).map((entry) => ({
    value: entry.name,
    label: entry.lastEventAt ? `${entry.name} · ${agoText(entry.lastEventAt)}` : entry.name,
  }))
  return (
    <CloudFrame
      title={
        <Trail to="/cloud/logs" name="Logs">
          {group}
        </Trail>
      }
    >
      <Select
        label={t('cloud.stream')}
        description={t('cloud.streamHint')}
        placeholder={t('cloud.allStreams')}
        clearable
        searchable
        maw={520}
        mb="sm"
        data={data}
        value={stream}
        onChange={setStream}
        nothingFoundMessage={t('cloud.noStreams')}
      />
      <LogEvents key={stream} group={group} {...(stream ? { stream } : {})} />
    </CloudFrame>
  )
}
