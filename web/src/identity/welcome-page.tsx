import { useState } from 'react'
import { identityEndpoints, type Me } from '@madang/api'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Alert, Button, PasswordInput, Stack, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { call } from '../api/call.ts'
import { useAction } from '../api/hooks.ts'
import { currentLanguage, t } from '../i18n/index.ts'
import { Loaded } from '../ui/states.tsx'
import { useSignedIn } from './me.tsx'
import { Gate } from './sign-in-page.tsx'

/** Behind a one-time link: the first administrator signs up, or an invited person sets a password. */
export function WelcomePage() {
  const { code } = useSearch({ strict: false }) as { code?: string }
  const query = useQuery({
    queryKey: ['code', code],
    queryFn: () => call(identityEndpoints.codeCheck, { body: { code: code ?? '-' } }),
    retry: false,
    staleTime: Infinity,
  })
  return (
    <Gate title={t('identity.welcomeTitle')} note={t('identity.welcomeText')}>
      <Loaded query={query}>
        {(found) => (
          <WelcomeForm
            code={code ?? ''}
            kind={found.kind}
            name={found.name}
            displayName={found.displayName}
          />
        )}
      </Loaded>
    </Gate>
  )
}

interface Found {
  code: string
  kind: 'setup' | 'invitation'
  name?: string | undefined
  displayName?: string | undefined
}

function WelcomeForm(found: Found) {
  const [name, setName] = useState(found.name ?? '')
  const [displayName, setDisplayName] = useState(found.displayName ?? '')
  const [password, setPassword] = useState('')
  const signedIn = useSignedIn()
  const navigate = useNavigate()
  const done = (me: Me) => {
    signedIn(me)
    void navigate({ to: '/' })
  }
  const setup = useAction(identityEndpoints.setup, { quiet: true, done, stale: [] })
  const accept = useAction(identityEndpoints.invitationAccept, { quiet: true, done, stale: [] })
  const error = setup.error ?? accept.error
  const submit = () => {
    const given = { code: found.code, displayName, password, language: currentLanguage() }
    if (found.kind === 'setup') setup.mutate({ body: { ...given, name } })
    else accept.mutate({ body: given })
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <Stack gap="sm">
        {error && (
          <Alert color="red" role="alert">
            {error.message}
          </Alert>
        )}
        <TextInput
          label={t('identity.displayName')}
          autoComplete="name"
          required
          value={displayName}
          onChange={(event) => setDisplayName(event.currentTarget.value)}
        />
        <TextInput
          label={t('identity.name')}
          description={t('identity.nameHint')}
          autoComplete="username"
          pattern="[a-z0-9][a-z0-9._\-]{0,38}"
          required
          disabled={found.kind === 'invitation'}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <PasswordInput
          label={t('identity.password')}
          description={t('identity.passwordHint')}
          autoComplete="new-password"
          minLength={8}
          required
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Button type="submit" loading={setup.isPending || accept.isPending} mt="xs">
          {t('identity.begin')}
        </Button>
      </Stack>
    </form>
  )
}
