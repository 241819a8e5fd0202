import { type CloudStackDetail, cloudConsoleEndpoints as api } from '@madang/api'
import { useParams } from '@tanstack/react-router'
import { Group, Table, Tabs, Text } from '@mantine/core'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { ThreadPanel } from '../thread/thread-panel.tsx'
import { Loaded } from '../ui/states.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { Ago } from '../ui/time.tsx'
import { CloudFrame } from './cloud-frame.tsx'
import { Trail } from '../ui/link-tabs.tsx'
import { CopyText, jsonText } from '../ui/pieces.tsx'
import { ResourceRow } from './resource-row.tsx'
import { StackEvents } from './stack-events.tsx'
import { useRegion } from './region.ts'

const REFRESH_MS = 2000

export function StackPage() {
  const { stack: name } = useParams({ strict: false }) as { stack: string }
  const query = useEndpoint(
    api.cloudStackGet,
    { params: { stack: name }, query: useRegion() },
    { refetchMs: REFRESH_MS },
  )
  const isRunning = query.data?.status.endsWith('IN_PROGRESS') ?? false
  return (
    <CloudFrame
      title={
        <Group gap="sm">
          <span>
            <Trail to="/cloud/cloudformation" name="CloudFormation">
              {name}
            </Trail>
          </span>
          {query.data && <StateBadge state={query.data.status} />}
        </Group>
      }
      note={query.data && <Note stack={query.data} />}
    >
      <Loaded query={query} lines={7}>
        {(stack) => <StackTabs stack={stack} isRunning={isRunning} />}
      </Loaded>
    </CloudFrame>
  )
}

function Note({ stack }: { stack: CloudStackDetail }) {
  return (
    <>
      {stack.description && `${stack.description} · `}
      {stack.updatedAt ? t('cloud.updated') : t('cloud.created')}{' '}
      <Ago at={stack.updatedAt ?? stack.createdAt} />
      {stack.reason && (
        <Text component="span" display="block" size="sm" c="var(--mantine-color-red-text)">
          {stack.reason}
        </Text>
      )}
    </>
  )
}

function StackTabs({ stack, isRunning }: { stack: CloudStackDetail; isRunning: boolean }) {
  return (
    <Tabs defaultValue="resources" keepMounted={false}>
      <Tabs.List mb="md">
        <Tabs.Tab value="resources">
          {t('cloud.resources')} {stack.resources.length}
        </Tabs.Tab>
        <Tabs.Tab value="events">{t('cloud.events')}</Tabs.Tab>
        <Tabs.Tab value="outputs">{t('cloud.outputs')}</Tabs.Tab>
        <Tabs.Tab value="parameters">{t('cloud.parameters')}</Tabs.Tab>
        <Tabs.Tab value="template">{t('cloud.template')}</Tabs.Tab>
        <Tabs.Tab value="thread">{t('ui.thread')}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="resources">
        <div className="card rows">
          {stack.resources.map((resource) => (
            <ResourceRow key={resource.logicalId} resource={resource} />
          ))}
        </div>
      </Tabs.Panel>
      <Tabs.Panel value="events">
        <StackEvents stack={stack.id} isRunning={isRunning} />
      </Tabs.Panel>
      <Tabs.Panel value="outputs">
        <Pairs items={stack.outputs} empty={t('cloud.noOutputs')} />
      </Tabs.Panel>
      <Tabs.Panel value="parameters">
        <Pairs items={stack.parameters} empty={t('cloud.noParameters')} />
      </Tabs.Panel>
      <Tabs.Panel value="template">
        <CopyText text={jsonText(stack.template)} label={t('cloud.template')} />
      </Tabs.Panel>
      <Tabs.Panel value="thread">
        <ThreadPanel kind="stack" id={stack.id} />
      </Tabs.Panel>
    </Tabs>
  )
}

function Pairs({ items, empty }: { items: CloudStackDetail['outputs']; empty: string }) {
  if (items.length === 0) {
    return (
      <Text size="sm" className="dim">
        {empty}
      </Text>
    )
  }
  return (
    <div className="card" style={{ overflowX: 'auto' }}>
      <Table variant="vertical" withRowBorders>
        <Table.Tbody>
          {items.map(({ key, value, note }) => (
            <Table.Tr key={key}>
              <Table.Th w={160}>{key}</Table.Th>
              <Table.Td>
                {/^https?:\/\//.test(value) ? (
                  <a href={value} target="_blank" rel="noreferrer" className="mono">
                    {value}
                  </a>
                ) : (
                  <span className="mono">{value}</span>
                )}
                {note && (
                  <Text size="xs" className="dim">
                    {note}
                  </Text>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  )
}
