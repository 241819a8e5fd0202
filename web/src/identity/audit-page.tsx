import { useState } from 'react'
import { identityEndpoints } from '@madang/api'
import { Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { usePages } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Empty, Failure, PageHead } from '../ui/states.tsx'
import { Ago } from '../ui/time.tsx'
import { AdminTabs } from './page-tabs.tsx'
import { MoreButton } from '../ui/pieces.tsx'

export function AuditPage() {
  const [action, setAction] = useState('')
  const [wanted] = useDebouncedValue(action.trim(), 250)
  const query = usePages(identityEndpoints.auditList, {
    query: wanted === '' ? {} : { action: wanted },
  })
  const items = query.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <>
      <AdminTabs />
      <PageHead title={t('identity.auditTitle')} note={t('identity.auditNote')} />
      <TextInput
        aria-label={t('identity.filterAction')}
        placeholder={t('identity.filterAction')}
        value={action}
        mb="md"
        maw={320}
        onChange={(event) => setAction(event.currentTarget.value)}
      />
      {query.error && <Failure error={query.error} retry={() => void query.refetch()} />}
      <div className="card rows">
        {query.isSuccess && items.length === 0 && <Empty title={t('identity.noAudit')} />}
        {items.map((entry) => (
          <div key={entry.id} className="row" style={{ flexWrap: 'wrap' }}>
            <Text className="mono" style={{ minWidth: 170 }}>
              {entry.action}
            </Text>
            <Text className="grow">
              {entry.actorName} → {entry.subject}
            </Text>
            <Text size="sm" className="dim">
              {entry.address} <Ago at={entry.at} />
            </Text>
          </div>
        ))}
      </div>
      <MoreButton query={query} />
    </>
  )
}
