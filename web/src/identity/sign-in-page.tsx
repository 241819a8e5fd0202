import { useState } from 'react'
import { identityEndpoints } from '@madang/api'
import { Alert, Button, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { LanguageLinks } from '../ui/language-links.tsx'
import { useSignedIn } from './me.tsx'

export function SignInPage() {
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const signedIn = useSignedIn()
  const signIn = useAction(identityEndpoints.signIn, { quiet: true, done: signedIn, stale: [] })
  const setup = useEndpoint(identityEndpoints.setupGet, {})
  return (
    <Gate title={t('identity.signInTitle')} note={t('identity.tagline')}>
      {setup.data?.isNeeded && (
        <Alert color="celadon" title={t('identity.firstTimeTitle')}>
          {t('identity.firstTimeText')}
        </Alert>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault()
          signIn.mutate({ body: { name: name.trim(), password } })
        }}
      >
        <Stack gap="sm">
          {signIn.error && (
            <Alert color="red" role="alert">
              {signIn.error.message}
            </Alert>
          )}
          <TextInput
            label={t('identity.name')}
            autoComplete="username"
            required
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <PasswordInput
            label={t('identity.password')}
            autoComplete="current-password"
            required
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Button type="submit" loading={signIn.isPending} mt="xs">
            {t('identity.signIn')}
          </Button>
        </Stack>
      </form>
    </Gate>
  )
}

/** The card in front of everything that needs no sign-in. */
export function Gate(props: { title: string; note?: string; children: React.ReactNode }) {
  return (
    <main style={{ minHeight: '100vh', display: 'grid', placeItems: 'center', padding: 16 }}>
      <Paper withBorder radius="lg" p={{ base: 'lg', sm: 32 }} w="100%" maw={420} className="card">
        <Stack gap="md">
          <img src="/icon.svg" width={40} height={40} alt="" />
          <div>
            <Title order={1} fz={22}>
              {props.title}
            </Title>
            {props.note && (
              <Text size="sm" className="dim" mt={4}>
                {props.note}
              </Text>
            )}
          </div>
          {props.children}
          <LanguageLinks />
        </Stack>
      </Paper>
    </main>
  )
}
