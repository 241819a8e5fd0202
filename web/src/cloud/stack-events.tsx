import { cloudConsoleEndpoints as api } from '@madang/api'
import { Badge, Text } from '@mantine/core'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Loaded } from '../ui/states.tsx'
import { stateColour } from '../ui/state-badge.tsx'
import { Ago } from '../ui/time.tsx'
import { useRegion } from './region.ts'

const RUNNING_MS = 1200
const STILL_MS = 10_000

interface Props {
  /** Name or ARN. */
  stack: string
  isRunning: boolean
  /** Only what happened from this moment on. */
  since?: string
}

/** What CloudFormation does and did, newest first; asked for quickly while something goes on. */
export function StackEvents({ stack, isRunning, since }: Props) {
  const query = useEndpoint(
    api.cloudStackEventList,
    { params: { stack }, query: useRegion() },
    { refetchMs: isRunning ? RUNNING_MS : STILL_MS },
  )
  return (
    <Loaded query={query}>
      {({ items }) => (
        <div className="card rows" aria-live="polite">
          {items
            .filter(({ at }) => since === undefined || at >= since)
            .map((event) => (
              <div key={event.id} className="row" style={{ alignItems: 'flex-start' }}>
                <div className="grow">
                  <Text fw={600} size="sm">
                    {event.logicalId}{' '}
                    <Text component="span" size="sm" className="dim" fw={400}>
                      {event.type}
                    </Text>
                  </Text>
                  {event.reason && <Text size="sm">{event.reason}</Text>}
                  <Text size="xs" className="dim">
                    <Ago at={event.at} />
                  </Text>
                </div>
                <Badge
                  variant="light"
                  radius="sm"
                  tt="none"
                  color={stateColour(event.status)}
                  style={{ flex: 'none' }}
                >
                  {event.status}
                </Badge>
              </div>
            ))}
          {items.length === 0 && (
            <Text size="sm" className="dim" p="md">
              {t('cloud.noStackEvents')}
            </Text>
          )}
        </div>
      )}
    </Loaded>
  )
}
