import { useState } from 'react'
import { codeEndpoints, type Hook } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Badge, Group, Text } from '@mantine/core'
import { Webhook } from 'lucide-react'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Listing, NewButton } from '../ui/listing.tsx'
import { Section } from '../ui/pieces.tsx'
import { eventText } from './hook-events.ts'
import { HookForm } from './hook-form.tsx'
import type { OfRepo } from './of-repo.ts'

const SHOWN_EVENTS = 3

/** Who is told of what happens here, by a call over HTTP. */
export function Hooks({ params }: OfRepo) {
  const [isAdding, setAdding] = useState(false)
  const query = useEndpoint(codeEndpoints.hookList, { params })
  return (
    <Section
      title={t('repo.hooks')}
      right={<NewButton isSecondary label={t('repo.hookAdd')} begin={() => setAdding(true)} />}
    >
      <Listing
        query={query}
        items={query.data?.items}
        note={t('repo.hooksNote')}
        empty={{
          isSmall: true,
          icon: <Webhook size={24} />,
          title: t('repo.noHooks'),
          text: t('repo.noHooksText'),
        }}
      >
        {(hook) => <HookRow key={hook.id} hook={hook} params={params} />}
      </Listing>
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
