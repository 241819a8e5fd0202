import { useState } from 'react'
import { agentEndpoints, type AgentToken } from '@madang/api'
import { Alert, Button, Modal, Stack, Text, TextInput } from '@mantine/core'
import { KeyRound, Plus } from 'lucide-react'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { ConfirmButton } from '../ui/dialogs.tsx'
import { CopyText, Section } from '../ui/pieces.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { agoText } from '../ui/time.tsx'
import { joinCommand } from './join-command.ts'

/** What machines join with: made, shown once, revoked. */
export function AgentTokens() {
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
        <Text size="sm" className="dim">
          {t('agents.orWhole')}
        </Text>
        <CopyText label={t('agents.join')} text={joinCommand(create.data.token)} />
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
