import type { Agent } from '@madang/api'
import { agentEndpoints } from '@madang/api'
import { Badge, Group, Text } from '@mantine/core'
import { Server } from 'lucide-react'
import { useAction } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { ConfirmButton } from '../ui/dialogs.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { agoText } from '../ui/time.tsx'
import { PauseButton } from './agent-pause.tsx'

/** So wide that on a phone the buttons of every row stand below it, and on a desk beside it. */
const TEXT_BASIS = 260

export function AgentRow({ agent }: { agent: Agent }) {
  const remove = useAction(agentEndpoints.agentRemove)
  const { name, state, isBuiltIn, pause, reason } = agent
  return (
    <div className="row" style={{ flexWrap: 'wrap' }}>
      <Server size={18} className="dim" style={{ flex: 'none' }} />
      <div className="grow" style={{ flexBasis: TEXT_BASIS }}>
        <Group gap={8}>
          <Text fw={600}>{name}</Text>
          <StateBadge
            state={state === 'online' && !pause ? 'ok' : 'paused'}
            label={t(`agents.state_${pause ? 'paused' : state}`)}
          />
        </Group>
        <AgentFacts agent={agent} />
      </div>
      <Group gap={8} ml="auto">
        <PauseButton agent={agent} />
        {!isBuiltIn && reason !== undefined && (
          <ConfirmButton
            size="xs"
            label={t('agents.remove')}
            text={t('agents.removeText', { name })}
            run={() => remove.mutate({ params: { agent: name } })}
            isBusy={remove.isPending}
          />
        )}
      </Group>
    </div>
  )
}

function AgentFacts({ agent }: { agent: Agent }) {
  const { busy, executors, since, isBuiltIn, labels, workspaces, pause, reason } = agent
  const isLost = reason !== undefined && since !== undefined
  const notes = [
    isBuiltIn && t('agents.builtIn'),
    isLost && t('agents.offlineSince', { when: agoText(since) }),
    t('agents.executors', { busy, count: executors }),
  ]
  return (
    <>
      {pause && (
        <Text size="sm">
          {pause.reason && `${pause.reason} — `}
          <span className="dim">
            {t('agents.pausedBy', { who: pause.by, when: agoText(pause.since) })}
          </span>
        </Text>
      )}
      <Text size="sm" className="dim">
        {notes.filter(Boolean).join(' · ')}
      </Text>
      <Group gap={6} mt={4}>
        {labels.map((label) => (
          <Badge key={label} variant="default" size="sm" fw={500} tt="none">
            {label}
          </Badge>
        ))}
      </Group>
      {workspaces.map((workspace) => (
        <Text key={workspace} size="xs" mt={4} className="dim ellipsis" title={workspace}>
          {workspace}
        </Text>
      ))}
    </>
  )
}
