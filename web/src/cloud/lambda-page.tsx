import { cloudConsoleEndpoints as api } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Text } from '@mantine/core'
import { SquareFunction } from 'lucide-react'
import { usePages } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { StateBadge } from '../ui/state-badge.tsx'
import { Ago } from '../ui/time.tsx'
import { FunctionCreate } from './function-create.tsx'
import { useRegion } from './region.ts'
import { ServiceList } from './service-list.tsx'

const REFRESH_MS = 10_000

export function LambdaPage() {
  const query = usePages(
    api.cloudFunctionList,
    { query: { ...useRegion(), limit: 50 } },
    { refetchMs: REFRESH_MS },
  )
  return (
    <ServiceList
      service="lambda"
      query={query}
      items={query.data?.pages.flatMap(({ items }) => items)}
      count={(count) => t('cloud.functionCount', { count })}
      empty={{
        icon: <SquareFunction size={30} />,
        title: t('cloud.noFunctions'),
        text: t('cloud.noFunctionsText'),
      }}
      make={{ label: t('function.create'), Form: FunctionCreate }}
    >
      {(entry) => (
        <Link
          key={entry.arn}
          to="/cloud/lambda/$function"
          params={{ function: entry.name }}
          className="row"
        >
          <SquareFunction size={18} className="dim" style={{ flex: 'none' }} />
          <div className="grow">
            <Text fw={600} className="ellipsis">
              {entry.name}
            </Text>
            <Text size="sm" className="dim ellipsis">
              {entry.runtime ?? t('cloud.image')} · {entry.memoryMb} MB
              {entry.description && ` · ${entry.description}`}
            </Text>
          </div>
          <Text size="sm" className="dim">
            <Ago at={entry.modifiedAt} />
          </Text>
          <StateBadge
            state={entry.state === 'Active' ? 'active' : entry.state}
            label={entry.state}
          />
        </Link>
      )}
    </ServiceList>
  )
}
