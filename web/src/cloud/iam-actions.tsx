import { type ReactNode, useDeferredValue, useState } from 'react'
import { type CloudAction, cloudConsoleEndpoints as api } from '@madang/api'
import { Badge, Group, Text, TextInput } from '@mantine/core'
import { ListChecks, Search } from 'lucide-react'
import { usePages } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { FoldRow } from '../ui/fold-row.tsx'
import { Listing } from '../ui/listing.tsx'

/** What IAM is asked before each operation: one table for every service. */
export function Actions() {
  const [text, setText] = useState('')
  const wanted = useDeferredValue(text.trim())
  const query = usePages(api.cloudActionList, { query: wanted === '' ? {} : { text: wanted } })
  return (
    <>
      <Text size="sm" className="dim" mb="sm">
        {t('cloud.actionsText')}
      </Text>
      <TextInput
        aria-label={t('cloud.actionsFind')}
        placeholder={t('cloud.actionsFind')}
        leftSection={<Search size={16} />}
        mb="sm"
        maw={480}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Listing
        query={query}
        items={query.data?.pages.flatMap((page) => page.items)}
        empty={{
          icon: <ListChecks size={30} />,
          title: t('cloud.actionsNone'),
          text: t('cloud.actionsNoneText'),
        }}
      >
        {(action) => <ActionRow key={action.action} action={action} />}
      </Listing>
    </>
  )
}

function ActionRow({ action }: { action: CloudAction }) {
  const levels = (
    <Group gap={6} style={{ flex: 'none' }}>
      {action.levels.map((level) => (
        <Badge key={level} variant="light" size="sm">
          {level}
        </Badge>
      ))}
    </Group>
  )
  return (
    <FoldRow title={action.action} note={action.service} end={levels}>
      {() => <Facts action={action} />}
    </FoldRow>
  )
}

function Facts({ action: { operations, resources, keys } }: { action: CloudAction }) {
  return (
    <>
      <Part title={t('cloud.actionOperations')} none={t('cloud.actionNotAsked')}>
        {operations.map(({ service, operation, member }) => (
          <Line key={`${service} ${operation} ${member}`} text={`${service}:${operation}`}>
            {member !== undefined && t('cloud.actionMember', { member })}
          </Line>
        ))}
      </Part>
      <Part title={t('cloud.actionResources')} none={t('cloud.actionAnyResource')}>
        {resources.map(({ kind, arn }) => (
          <Line key={kind} text={arn}>
            {kind}
          </Line>
        ))}
      </Part>
      <Part title={t('cloud.actionKeys')} none={t('cloud.actionNoKeys')}>
        {keys.map(({ name, type }) => (
          <Line key={name} text={name}>
            {type}
          </Line>
        ))}
      </Part>
    </>
  )
}

function Part({ title, none, children }: { title: string; none: string; children: ReactNode[] }) {
  return (
    <div style={{ padding: '5px 0' }}>
      <Text size="sm" fw={600}>
        {title}
      </Text>
      {children.length > 0 ? (
        children
      ) : (
        <Text size="sm" className="dim">
          {none}
        </Text>
      )}
    </div>
  )
}

function Line({ text, children }: { text: string; children: ReactNode }) {
  return (
    <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
      <span className="mono">{text}</span> <span className="dim">{children}</span>
    </Text>
  )
}
