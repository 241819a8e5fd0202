import { useState } from 'react'
import { type CloudCall, cloudEndpoints } from '@madang/api'
import { Badge, Button, Switch, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Activity } from 'lucide-react'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Empty, Loaded } from '../ui/states.tsx'
import { Ago } from '../ui/time.tsx'
import { Section } from '../ui/pieces.tsx'

const REFRESH_MS = 5000

/** Who called what of late, and why something was refused. */
export function Calls({ service }: { service?: string }) {
  const [isRefusedOnly, setRefusedOnly] = useState(false)
  const [limit, setLimit] = useState(20)
  const query = useEndpoint(
    cloudEndpoints.cloudCallList,
    { query: { limit, service, ...(isRefusedOnly ? { refused: 'true' } : {}) } },
    { refetchMs: REFRESH_MS },
  )
  return (
    <Section
      title={t('cloud.calls')}
      right={
        <Switch
          label={t('cloud.refusedOnly')}
          checked={isRefusedOnly}
          onChange={(event) => setRefusedOnly(event.currentTarget.checked)}
        />
      }
    >
      <Loaded query={query}>
        {({ items, nextCursor }) =>
          items.length === 0 ? (
            <div className="card">
              <Empty
                icon={<Activity size={30} />}
                title={isRefusedOnly ? t('cloud.noneRefused') : t('cloud.noCalls')}
                text={isRefusedOnly ? undefined : t('cloud.noCallsText')}
              />
            </div>
          ) : (
            <>
              <div className="card rows">
                {items.map((call) => (
                  <CallRow key={call.requestId} call={call} />
                ))}
              </div>
              {nextCursor && limit < 200 && (
                <Button variant="default" mt="sm" onClick={() => setLimit(limit + 60)}>
                  {t('ui.more')}
                </Button>
              )}
            </>
          )
        }
      </Loaded>
    </Section>
  )
}

function CallRow({ call }: { call: CloudCall }) {
  const isRefused = call.errorCode !== undefined
  return (
    <div className="row" style={{ alignItems: 'flex-start' }}>
      <Badge
        variant="light"
        radius="sm"
        color={call.status < 400 ? 'celadon' : call.status < 500 ? 'yellow' : 'red'}
        style={{ flex: 'none', marginTop: 2 }}
      >
        {call.status}
      </Badge>
      <div className="grow">
        <Text fw={500} size="sm" lineClamp={2}>
          {call.service}:{call.operation}{' '}
          <Text component="span" size="sm" className="dim mono" fw={400}>
            {call.about}
          </Text>
        </Text>
        <Text size="xs" className="dim">
          {call.principal ? shortPrincipal(call.principal) : t('cloud.unknownCaller')}
          {call.project && ` · ${call.project}`} · {call.durationMs.toFixed(1)} ms
        </Text>
        {isRefused && (
          <Text size="sm" mt={3}>
            <strong>{call.errorCode}</strong> {call.errorMessage}{' '}
            {isDenial(call) && call.principal && (
              <Link to="/cloud/iam" search={questionOf(call)}>
                {t('cloud.whyDenied')}
              </Link>
            )}
          </Text>
        )}
      </div>
      <Text size="xs" className="dim" style={{ flex: 'none' }}>
        <Ago at={call.at} />
      </Text>
    </div>
  )
}

const isDenial = (call: CloudCall) =>
  call.status === 403 && /^(AccessDenied|Unauthorized)/.test(call.errorCode ?? '')

/** The question to IAM that this call was. AWS's sentence names it: ListObjectsV2 asks ListBucket. */
function questionOf(call: CloudCall) {
  const action = /to perform: (\w+:\w+)/.exec(call.errorMessage ?? '')?.[1]
  const resource = /on resource: "?(arn:[^\s"]+)/.exec(call.errorMessage ?? '')?.[1]
  return {
    principal: call.principal,
    action: action ?? `${call.service}:${call.operation}`,
    ...(resource === undefined ? {} : { resource }),
  }
}

/** The part of an ARN that a person knows the caller by. */
const shortPrincipal = (arn: string) => arn.replace(/^arn:aws:(iam|sts)::\d+:/, '')
