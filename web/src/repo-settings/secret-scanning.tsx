import { useState } from 'react'
import { codeSecretEndpoints, type SecretScan } from '@madang/api'
import { Alert, Button, Group, Stack, Switch, Textarea } from '@mantine/core'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Section } from '../ui/pieces.tsx'
import { Loaded } from '../ui/states.tsx'
import type { OfRepo } from './of-repo.ts'

/** What a push is refused for, and what it may contain all the same. */
export function SecretScanning({ params }: OfRepo) {
  const query = useEndpoint(codeSecretEndpoints.secretScanGet, { params })
  return (
    <Section title={t('repo.secretScan')}>
      <Loaded query={query} lines={2}>
        {(scan) => <ScanForm scan={scan} params={params} />}
      </Loaded>
    </Section>
  )
}

function ScanForm({ scan, params }: { scan: SecretScan; params: OfRepo['params'] }) {
  const [form, setForm] = useState(scan)
  const [allowed, setAllowed] = useState(() => textOf(scan.allow))
  const save = useAction(codeSecretEndpoints.secretScanSet, { quiet: true })
  return (
    <form
      className="card"
      style={{ padding: 16 }}
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate({ params, body: { ...form, allow: allowOf(allowed) } })
      }}
    >
      <Stack gap="sm">
        {save.error && <Alert color="red">{save.error.message}</Alert>}
        <Switch
          label={t('repo.scanOn')}
          description={t('repo.scanOnHint')}
          checked={form.isOn}
          onChange={(event) => setForm({ ...form, isOn: event.currentTarget.checked })}
        />
        <Switch
          label={t('repo.scanGuess')}
          description={t('repo.scanGuessHint')}
          disabled={!form.isOn}
          checked={form.withHighEntropy}
          onChange={(event) => setForm({ ...form, withHighEntropy: event.currentTarget.checked })}
        />
        <Textarea
          label={t('repo.scanAllow')}
          description={t('repo.scanAllowHint')}
          placeholder="test/fixtures/** aws-access-key"
          autosize
          minRows={2}
          maxRows={10}
          spellCheck={false}
          disabled={!form.isOn}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
          value={allowed}
          onChange={(event) => setAllowed(event.currentTarget.value)}
        />
        <Group gap="sm">
          <Button type="submit" loading={save.isPending}>
            {t('ui.save')}
          </Button>
          {save.isSuccess && (
            <span className="dim" aria-live="polite">
              {t('repo.saved')}
            </span>
          )}
        </Group>
      </Stack>
    </form>
  )
}

/** One a line: a glob, and after a space the one kind it is for. */
const textOf = (allow: SecretScan['allow']): string =>
  allow.map(({ path, kind }) => (kind ? `${path} ${kind}` : path)).join('\n')

function allowOf(text: string): SecretScan['allow'] {
  const lines = text.split('\n').map((line) => line.trim())
  return lines.filter(Boolean).map((line) => {
    const [path = '', kind] = line.split(/\s+/)
    return { path, ...(kind ? { kind } : {}) }
  })
}
