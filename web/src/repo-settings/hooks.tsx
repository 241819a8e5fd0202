import { useState } from 'react'
import { codeEndpoints, type Hook } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Badge, Button, Group, Text } from '@mantine/core'
import { Plus, Webhook } from 'lucide-react'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Section } from '../ui/pieces.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { eventText } from './hook-events.ts'
import { HookForm } from './hook-form.tsx'
import type { OfRepo } from './settings-page.tsx'

const SHOWN_EVENTS = 3

/** Who is told of what happens here, by a call over HTTP. */
export function Hooks({ params }: OfRepo) {
  const [isAdding, setAdding] = useState(false)
  const query = useEndpoint(codeEndpoints.hookList, { params })
  return (
    <Section
      title={t('repo.hooks')}
      right={
        <Button variant="default" leftSection={<Plus size={16} />} onClick={() => setAdding(true)}>
          {t('repo.hookAdd')}
        </Button>
      }
    >
      <Text size="sm" className="dim" mb={8}>
        {t('repo.hooksNote')}
      </Text>
      <Loaded query={query} lines={2}>
        {({ items }) => (
          <div className="card rows">
            {items.length === 0 && (
              <Empty
                isSmall
                icon={<Webhook size={24} />}
                title={t('repo.noHooks')}
                text={t('repo.noHooksText')}
              />
            )}
            {items.map((hook) => (
              <HookRow key={hook.id} hook={hook} params={params} />
            ))}
          </div>
        )}
      </Loaded>
      {isAdding && <HookForm params={params} hook={undefined} close={() => setAdding(false)} />}
    </Section>
  )
}

function HookRow({ hook, params }: { hook: Hook; params: OfRepo['params'] }) {
  const more = hook.events.length - SHOWN_EVENTS
  const events = hook.events.slice(0, SHOWN_EVENTS).map(eventText).join(', ')
  return (
    <Link
      to="/p/$project/code/$repo/settings/hooks/$hook"
      params={{ ...params, hook: hook.id }}
      className="row"
    >
      <Webhook size={18} className="dim" style={{ flex: 'none' }} />
      <div className="grow">
        <Text fw={600} className="ellipsis">
          {hook.description || hook.url}
        </Text>
        {hook.description && (
          <Text size="sm" className="dim mono ellipsis">
            {hook.url}
          </Text>
        )}
        <Text size="sm" className="dim">
          {events}
          {more > 0 && ` ${t('repo.eventsMore', { count: more })}`}
        </Text>
      </div>
      <Group gap={6} style={{ flex: 'none' }}>
        {hook.hasSecret && (
          <Badge size="sm" variant="light" tt="none">
            {t('repo.signed')}
          </Badge>
        )}
        {!hook.isActive && (
          <Badge size="sm" variant="light" color="gray" tt="none">
            {t('repo.paused')}
          </Badge>
        )}
      </Group>
    </Link>
  )
}
