import { useState } from 'react'
import { type AccessToken, identityEndpoints, type Session } from '@madang/api'
import {
  Alert,
  Button,
  Checkbox,
  Code,
  CopyButton,
  Group,
  Modal,
  NumberInput,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core'
import { KeyRound, Plus } from 'lucide-react'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Empty, Loaded, PageHead } from '../ui/states.tsx'
import { agoText } from '../ui/time.tsx'
import { useMe } from './me.tsx'
import { AccountTabs } from './page-tabs.tsx'

export function TokensPage() {
  const [isCreating, setCreating] = useState(false)
  const tokens = useEndpoint(identityEndpoints.tokenList, {})
  const create = (
    <Button leftSection={<Plus size={16} />} onClick={() => setCreating(true)}>
      {t('identity.newToken')}
    </Button>
  )
  return (
    <>
      <AccountTabs />
      <PageHead
        title={t('identity.tokensTitle')}
        note={t('identity.tokensNote')}
        actions={create}
      />
      <Loaded query={tokens}>
        {({ items }) =>
          items.length === 0 ? (
            <div className="card">
              <Empty
                icon={<KeyRound size={32} />}
                title={t('identity.noTokens')}
                text={t('identity.noTokensText')}
              />
            </div>
          ) : (
            <div className="card rows">
              {items.map((token) => (
                <TokenRow key={token.id} token={token} />
              ))}
            </div>
          )
        }
      </Loaded>
      <Sessions />
      <Modal opened={isCreating} onClose={() => setCreating(false)} title={t('identity.newToken')}>
        <TokenCreate />
      </Modal>
    </>
  )
}

function TokenRow({ token }: { token: AccessToken }) {
  const revoke = useAction(identityEndpoints.tokenRevoke)
  const used = token.lastUsedAt
    ? t('identity.lastUsed', { when: agoText(token.lastUsedAt) })
    : t('identity.neverUsed')
  const notes = [
    token.scopes.map((scope) => t(`identity.scope_${scope}`)).join(', '),
    token.project,
    used,
    t('identity.expires', { when: agoText(token.expiresAt) }),
  ]
  return (
    <div className="row">
      <div className="grow">
        <Text fw={600}>{token.name}</Text>
        <Text size="sm" className="dim">
          {notes.filter(Boolean).join(' · ')}
        </Text>
      </div>
      <Button
        size="xs"
        variant="default"
        loading={revoke.isPending}
        onClick={() => revoke.mutate({ params: { id: token.id } })}
      >
        {t('identity.revoke')}
      </Button>
    </div>
  )
}

function TokenCreate() {
  const me = useMe()
  const [name, setName] = useState('')
  const [scopes, setScopes] = useState<string[]>(['read', 'write'])
  const [days, setDays] = useState<number>(90)
  const create = useAction(identityEndpoints.tokenCreate, { quiet: true })
  if (create.data) return <TokenShown token={create.data.token} />
  const offered = me.isAdministrator
    ? (['read', 'write', 'administer'] as const)
    : (['read', 'write'] as const)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        const chosen = offered.filter((scope) => scopes.includes(scope))
        create.mutate({ body: { name, scopes: chosen, expiresInDays: days } })
      }}
    >
      <Stack gap="sm">
        {create.error && <Alert color="red">{create.error.message}</Alert>}
        <TextInput
          label={t('identity.tokenName')}
          required
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Checkbox.Group label={t('identity.tokenScopes')} value={scopes} onChange={setScopes}>
          <Group mt={6}>
            {offered.map((scope) => (
              <Checkbox key={scope} value={scope} label={t(`identity.scope_${scope}`)} />
            ))}
          </Group>
        </Checkbox.Group>
        <NumberInput
          label={t('identity.tokenDays')}
          min={1}
          max={366}
          value={days}
          onChange={(value) => setDays(Number(value) || 1)}
        />
        <Button type="submit" disabled={scopes.length === 0} loading={create.isPending}>
          {t('ui.create')}
        </Button>
      </Stack>
    </form>
  )
}

function TokenShown({ token }: { token: string }) {
  return (
    <Stack gap="sm">
      <Alert color="yellow">{t('identity.tokenOnce')}</Alert>
      <Code block>{token}</Code>
      <CopyButton value={token}>
        {({ copied, copy }) => (
          <Button onClick={copy}>{t(copied ? 'ui.copied' : 'ui.copy')}</Button>
        )}
      </CopyButton>
    </Stack>
  )
}

function Sessions() {
  const query = useEndpoint(identityEndpoints.sessionList, {})
  return (
    <>
      <Title order={2} fz={18} mt={32} mb={10}>
        {t('identity.sessions')}
      </Title>
      <Loaded query={query}>
        {({ items }) => (
          <div className="card rows">
            {items.map((session) => (
              <SessionRow key={session.id} session={session} />
            ))}
          </div>
        )}
      </Loaded>
    </>
  )
}

function SessionRow({ session }: { session: Session }) {
  const revoke = useAction(identityEndpoints.sessionRevoke)
  return (
    <div className="row">
      <div className="grow">
        <Text className="ellipsis">{session.client}</Text>
        <Text size="sm" className="dim">
          {session.address} · {t('identity.lastUsed', { when: agoText(session.lastUsedAt) })}
        </Text>
      </div>
      {session.isCurrent ? (
        <Text size="sm" className="dim">
          {t('identity.thisSession')}
        </Text>
      ) : (
        <Button
          size="xs"
          variant="default"
          onClick={() => revoke.mutate({ params: { id: session.id } })}
        >
          {t('ui.signOut')}
        </Button>
      )}
    </div>
  )
}
