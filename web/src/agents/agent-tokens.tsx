import { useState } from 'react'
import { agentEndpoints, type AgentToken } from '@madang/api'
import { Alert, Modal, Stack, Text, TextInput } from '@mantine/core'
import { KeyRound } from 'lucide-react'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { ConfirmButton, FormDialog } from '../ui/dialogs.tsx'
import { Listing, NewButton } from '../ui/listing.tsx'
import { CopyText, Section } from '../ui/pieces.tsx'
import { agoText } from '../ui/time.tsx'
import { joinCommand } from './join-command.ts'

/** How a machine joins, and the tokens for it: made, shown once, revoked. */
export function AgentTokens() {
  const [isCreating, setCreating] = useState(false)
  const tokens = useEndpoint(agentEndpoints.agentTokenList, {})
  return (
    <Section
      title={t('agents.join')}
      right={<NewButton isSecondary label={t('agents.newToken')} begin={() => setCreating(true)} />}
    >
      <Listing
        query={tokens}
        items={tokens.data?.items}
        note={t('agents.joinText')}
        empty={{
          isSmall: true,
          icon: <KeyRound size={24} />,
          title: t('agents.noTokens'),
          text: t('agents.noTokensText'),
        }}
      >
        {(token) => <TokenRow key={token.id} token={token} />}
      </Listing>
      {isCreating && <TokenCreate close={() => setCreating(false)} />}
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

function TokenCreate({ close }: { close: () => void }) {
  const [name, setName] = useState('')
  const create = useAction(agentEndpoints.agentTokenCreate, { quiet: true })
  if (create.data) return <TokenOnce token={create.data.token} close={close} />
  return (
    <FormDialog
      title={t('agents.newToken')}
      close={close}
      submit={() => create.mutate({ body: { name } })}
      label={t('ui.create')}
      isBusy={create.isPending}
      error={create.error}
    >
      <TextInput
        label={t('agents.tokenName')}
        required
        data-autofocus
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
    </FormDialog>
  )
}

function TokenOnce({ token, close }: { token: string; close: () => void }) {
  return (
    <Modal opened onClose={close} title={t('agents.newToken')} size="lg">
      <Stack gap="sm">
        <Alert color="yellow">{t('agents.once')}</Alert>
        <Text size="sm" className="dim">
          {t('agents.whole')}
        </Text>
        <CopyText label={t('agents.join')} text={joinCommand(token)} />
        <Text size="sm" className="dim">
          {t('agents.onlyToken')}
        </Text>
        <CopyText label={t('agents.newToken')} text={token} />
      </Stack>
    </Modal>
  )
}
