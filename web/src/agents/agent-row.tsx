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

export function AgentRow({ agent }: { agent: Agent }) {
  const remove = useAction(agentEndpoints.agentRemove)
  const { name, busy, executors, state, since, isBuiltIn, labels, workspaces } = agent
  const { pause, reason } = agent
  const when = reason !== undefined && since !== undefined && agoText(since)
  const notes = [
    isBuiltIn && t('agents.builtIn'),
    when && t('agents.offlineSince', { when }),
    pause && t('agents.pausedBy', { who: pause.by, when: agoText(pause.since) }),
    pause?.reason,
    t('agents.executors', { busy, count: executors }),
  ]
  return (
    <div className="row" style={{ flexWrap: 'wrap' }}>
      <Server size={18} className="dim" style={{ flex: 'none' }} />
      <div className="grow" style={{ flexBasis: 200 }}>
        <Group gap={8}>
          <Text fw={600}>{name}</Text>
          <StateBadge
            state={state === 'online' ? 'ok' : 'paused'}
            label={t(`agents.state_${pause ? 'paused' : state}`)}
          />
        </Group>
        <Text size="sm" className="dim">
          {notes.filter(Boolean).join(' · ')}
        </Text>
        <Group gap={6} mt={4}>
          {labels.map((label) => (
            <Badge key={label} variant="default" size="sm" tt="none">
              {label}
            </Badge>
          ))}
        </Group>
        {workspaces.map((workspace) => (
          <Text key={workspace} size="xs" className="dim ellipsis">
            {workspace}
          </Text>
        ))}
      </div>
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
    </div>
  )
}
