import { cloudConsoleEndpoints as api } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Text } from '@mantine/core'
import { Layers } from 'lucide-react'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Listing } from '../ui/listing.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { Ago } from '../ui/time.tsx'
import { CloudFrame } from './cloud-frame.tsx'
import { CopyText } from '../ui/pieces.tsx'
import { useRegion } from './region.ts'

const REFRESH_MS = 4000

export function StacksPage() {
  const query = useEndpoint(api.cloudStackList, { query: useRegion() }, { refetchMs: REFRESH_MS })
  const count = query.data?.items.length
  return (
    <CloudFrame
      title="CloudFormation"
      note={count !== undefined && t('cloud.stackCount', { count })}
      explains="cloudformation"
    >
      <Listing
        query={query}
        items={query.data?.items}
        empty={{
          icon: <Layers size={30} />,
          title: t('cloud.noStacks'),
          text: t('cloud.noStacksText'),
          action: (
            <CopyText
              text={
                'aws cloudformation deploy --stack-name app \\\n  --template-file template.yaml --capabilities CAPABILITY_IAM'
              }
              label={t('cloud.command')}
            />
          ),
        }}
      >
        {(stack) => (
          <Link
            key={stack.id}
            to="/cloud/cloudformation/$stack"
            params={{ stack: stack.name }}
            className="row"
          >
            <Layers size={18} className="dim" style={{ flex: 'none' }} />
            <div className="grow">
              <Text fw={600} className="ellipsis">
                {stack.name}
              </Text>
              <Text size="sm" className="dim ellipsis">
                {stack.reason ?? stack.description}
              </Text>
            </div>
            <Text size="sm" className="dim" style={{ flex: 'none' }} visibleFrom="xs">
              <Ago at={stack.updatedAt ?? stack.createdAt} />
            </Text>
            <StateBadge state={stack.status} />
          </Link>
        )}
      </Listing>
    </CloudFrame>
  )
}
