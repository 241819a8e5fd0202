import { useState } from 'react'
import { type Agent, agentEndpoints, type AgentToken } from '@madang/api'
import { Alert, Badge, Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { KeyRound, Plus, Server } from 'lucide-react'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { AdminTabs } from '../identity/page-tabs.tsx'
import { ConfirmButton } from '../ui/dialogs.tsx'
import { CopyText, Section } from '../ui/pieces.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { Empty, Loaded, PageHead } from '../ui/states.tsx'
import { agoText } from '../ui/time.tsx'

const REFRESH_MS = 4000

export function AgentsPage() {
  const agents = useEndpoint(agentEndpoints.agentList, {}, { refetchMs: REFRESH_MS })
  return (
    <>
      <AdminTabs />
      <PageHead title={t('agents.title')} note={t('agents.note')} />
      <Loaded query={agents}>
        {({ items }) => (
          <div className="card rows">
            {items.map((agent) => (
              <AgentRow key={agent.name} agent={agent} />
            ))}
          </div>
        )}
      </Loaded>
      <Section title={t('agents.join')}>
        <Text size="sm" className="dim" mb={8}>
          {t('agents.joinText')}
        </Text>
        <CopyText
          label={t('agents.join')}
          text={`node cli/bin/madang.mjs agent --url ${window.location.origin} --token <token> --label linux`}
        />
      </Section>
      <Tokens />
    </>
  )
}

function AgentRow({ agent }: { agent: Agent }) {
  const remove = useAction(agentEndpoints.agentRemove)
  const { name, busy, executors, state, since, isBuiltIn, labels, workspaces } = agent
  const when = state === 'offline' && since !== undefined && agoText(since)
  const notes = [
    isBuiltIn && t('agents.builtIn'),
    when && t('agents.offlineSince', { when }),
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
            label={t(`agents.state_${state}`)}
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
      {!isBuiltIn && state === 'offline' && (
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

function Tokens() {
  const [isCreating, setCreating] = useState(false)
  const tokens = useEndpoint(agentEndpoints.agentTokenList, {})
  return (
    <Section
      title={t('agents.tokens')}
      right={
        <Button
          variant="default"
          leftSection={<Plus size={16} />}
          onClick={() => setCreating(true)}
        >
          {t('agents.newToken')}
        </Button>
      }
    >
      <Loaded query={tokens} lines={2}>
        {({ items }) => (
          <div className="card rows">
            {items.length === 0 && (
              <Empty
                isSmall
                icon={<KeyRound size={24} />}
                title={t('agents.noTokens')}
                text={t('agents.noTokensText')}
              />
            )}
            {items.map((token) => (
              <TokenRow key={token.id} token={token} />
            ))}
          </div>
        )}
      </Loaded>
      <Modal opened={isCreating} onClose={() => setCreating(false)} title={t('agents.newToken')}>
        <TokenCreate />
      </Modal>
    </Section>
  )
}

function TokenRow({ token: { id, name, usedAt } }: { token: AgentToken }) {
  const revoke = useAction(agentEndpoints.agentTokenRevoke)
  return (
    <div className="row">
      <div className="grow">
        <Text fw={600}>{name}</Text>
        <Text size="sm" className="dim">
          {usedAt ? t('agents.used', { when: agoText(usedAt) }) : t('agents.unused')}
        </Text>
      </div>
      <ConfirmButton
        size="xs"
        label={t('agents.revoke')}
        text={t('agents.revokeText', { name })}
        run={() => revoke.mutate({ params: { token: id } })}
        isBusy={revoke.isPending}
      />
    </div>
  )
}

function TokenCreate() {
  const [name, setName] = useState('')
  const create = useAction(agentEndpoints.agentTokenCreate, { quiet: true })
  if (create.data) {
    return (
      <Stack gap="sm">
        <Alert color="yellow">{t('agents.once')}</Alert>
        <CopyText label={t('agents.newToken')} text={create.data.token} />
      </Stack>
    )
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        create.mutate({ body: { name } })
      }}
    >
      <Stack gap="sm">
        {create.error && <Alert color="red">{create.error.message}</Alert>}
        <TextInput
          label={t('agents.tokenName')}
          required
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" loading={create.isPending}>
          {t('ui.create')}
        </Button>
      </Stack>
    </form>
  )
}
