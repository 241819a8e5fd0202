import { useState } from 'react'
import { monitorEndpoints } from '@madang/api'
import { TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { Search } from 'lucide-react'
import { CallError } from '../api/call.ts'
import { useEndpoint } from '../api/hooks.ts'
import { LogLines } from '../cloud/log-lines.tsx'
import { t } from '../i18n/index.ts'
import { Empty, Loaded } from '../ui/states.tsx'

const REFRESH_MS = 5000

/** What the released services printed of late. */
export function ServiceLogs({ project, hours }: { project: string; hours: number }) {
  const [text, setText] = useState('')
  const [filter] = useDebouncedValue(text.trim(), 350)
  const query = useEndpoint(
    monitorEndpoints.logList,
    { params: { project }, query: { hours, ...(filter ? { filter } : {}) } },
    { refetchMs: REFRESH_MS },
  )
  const isBadFilter = filter !== '' && query.error instanceof CallError
  return (
    <>
      <TextInput
        aria-label={t('monitor.filterLogs')}
        placeholder={t('monitor.filterLogs')}
        leftSection={<Search size={16} />}
        maw={420}
        mb="sm"
        value={text}
        error={isBadFilter ? `${query.error?.message}. ${t('cloud.badPattern')}` : undefined}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {!isBadFilter && (
        <Loaded query={query}>
          {({ items }) =>
            items.length === 0 ? (
              <div className="card">
                <Empty
                  title={filter ? t('cloud.noMatch') : t('monitor.noLogs')}
                  text={filter ? t('cloud.noMatchText') : t('monitor.noLogsText')}
                />
              </div>
            ) : (
              <LogLines lines={items} />
            )
          }
        </Loaded>
      )}
    </>
  )
}
