import { useState } from 'react'
import { cloudConsoleEndpoints as api } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { ScrollText, Search } from 'lucide-react'
import { usePages } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Listing } from '../ui/listing.tsx'
import { bytesText } from '../ui/time.tsx'
import { CloudFrame } from './cloud-frame.tsx'
import { useRegion } from './region.ts'

export function LogsPage() {
  const [text, setText] = useState('')
  const [prefix] = useDebouncedValue(text.trim(), 250)
  const query = usePages(api.cloudLogGroupList, {
    query: { ...useRegion(), ...(prefix ? { prefix } : {}) },
  })
  const groups = query.data?.pages.flatMap(({ items }) => items)
  return (
    <CloudFrame title="CloudWatch Logs" note={t('cloud.logsNote')} explains="logs">
      <TextInput
        aria-label={t('cloud.filterGroups')}
        placeholder={t('cloud.filterGroups')}
        leftSection={<Search size={16} />}
        maw={360}
        mb="md"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Listing
        query={query}
        items={groups}
        empty={{
          icon: <ScrollText size={30} />,
          title: t('cloud.noGroups'),
          text: prefix ? t('cloud.noGroupsPrefix') : t('cloud.noGroupsText'),
        }}
      >
        {(group) => (
          <Link
            key={group.name}
            to="/cloud/logs/$group"
            params={{ group: group.name }}
            className="row"
          >
            <ScrollText size={18} className="dim" style={{ flex: 'none' }} />
            <Text fw={600} className="grow ellipsis">
              {group.name}
            </Text>
            <Text size="sm" className="dim" ta="right" style={{ flex: 'none' }}>
              {bytesText(group.storedBytes)}
              <br />
              {group.retentionDays === undefined
                ? t('cloud.keptForEver')
                : t('cloud.keptDays', { count: group.retentionDays })}
            </Text>
          </Link>
        )}
      </Listing>
    </CloudFrame>
  )
}
