import { cloudConsoleEndpoints as api } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Text } from '@mantine/core'
import { SquareFunction } from 'lucide-react'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Listing } from '../ui/listing.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { Ago } from '../ui/time.tsx'
import { Calls } from './calls.tsx'
import { CloudFrame } from './cloud-frame.tsx'
import { useRegion } from './region.ts'

const REFRESH_MS = 10_000

export function LambdaPage() {
  const query = useEndpoint(
    api.cloudFunctionList,
    { query: { ...useRegion(), limit: 50 } },
    { refetchMs: REFRESH_MS },
  )
  const count = query.data?.items.length
  return (
    <CloudFrame
      title="Lambda"
      note={count !== undefined && t('cloud.functionCount', { count })}
      explains="lambda"
    >
      <Listing
        query={query}
        items={query.data?.items}
        empty={{
          icon: <SquareFunction size={30} />,
          title: t('cloud.noFunctions'),
          text: t('cloud.noFunctionsText'),
        }}
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
      </Listing>
      <Calls service="lambda" />
    </CloudFrame>
  )
}
