import { useState } from 'react'
import { codeImportEndpoints, type ImportSource } from '@madang/api'
import {
  Alert,
  Button,
  Checkbox,
  Group,
  Input,
  PasswordInput,
  SegmentedControl,
  SimpleGrid,
  Stack,
  Textarea,
  TextInput,
} from '@mantine/core'
import { useAction } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { type AddressFault, addressFault, isSshAddress } from './import-address.ts'

const examples: Record<ImportSource, string> = {
  github: 'https://github.com/owner/repository',
  gitlab: 'https://gitlab.com/group/project',
  bitbucket: 'https://bitbucket.org/workspace/repository',
  bitbucketServer: 'https://bitbucket.example.com/projects/KEY/repos/repository',
  git: 'https://git.example.com/repository.git',
}

const blank = {
  url: '',
  name: '',
  username: '',
  token: '',
  privateKey: '',
  apiUrl: '',
  pulls: true,
  lfs: true,
}

const usernameHint = (source: ImportSource) =>
  source === 'bitbucket'
    ? t('import.usernameHint')
    : source === 'bitbucketServer'
      ? t('import.usernameServerHint')
      : undefined

/** The repository's own name, as its address ends. */
const nameIn = (url: string): string =>
  url
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
    .split('/')
    .at(-1)
    ?.toLowerCase() ?? ''

export function ImportForm({ project }: { project: string }) {
  const [source, setSource] = useState<ImportSource>('github')
  const [form, setForm] = useState(blank)
  const [fault, setFault] = useState<AddressFault>()
  const create = useAction(codeImportEndpoints.importCreate, {
    quiet: true,
    done: () => setForm(blank),
  })
  const set = (part: Partial<typeof blank>) => setForm({ ...form, ...part })
  const isSsh = source === 'git' && isSshAddress(form.url)
  const submit = () => {
    const found = addressFault(source, form.url)
    setFault(found)
    if (found) return
    const { pulls: withPulls, lfs: withLfs, ...given } = form
    create.mutate({ params: { project }, body: { source, ...given, withPulls, withLfs } })
  }
  return (
    <form
      className="card"
      style={{ padding: 16, marginBottom: 24 }}
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <Stack gap="sm">
        {create.error && <Alert color="red">{create.error.message}</Alert>}
        <div>
          <Input.Label>{t('import.source')}</Input.Label>
          <div>
            <SegmentedControl
              aria-label={t('import.source')}
              style={{ flexWrap: 'wrap' }}
              withItemsBorders={false}
              value={source}
              onChange={(value) => {
                setFault(undefined)
                setSource(value as ImportSource)
              }}
              data={[
                { value: 'github', label: 'GitHub' },
                { value: 'gitlab', label: 'GitLab' },
                { value: 'bitbucket', label: 'Bitbucket Cloud' },
                { value: 'bitbucketServer', label: 'Bitbucket Data Center' },
                { value: 'git', label: t('import.plainGit') },
              ]}
            />
          </div>
        </div>
        <TextInput
          label={t('import.url')}
          description={t('import.urlHint')}
          placeholder={examples[source]}
          required
          value={form.url}
          error={fault && t(`import.${fault}`, { example: examples[source] })}
          onChange={(event) => {
            setFault(undefined)
            const url = event.currentTarget.value
            const isOwn = form.name !== '' && form.name !== nameIn(form.url)
            set({ url, ...(isOwn ? {} : { name: nameIn(url) }) })
          }}
        />
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
          <TextInput
            label={t('code.repoName')}
            description={t('code.repoNameHint')}
            required
            value={form.name}
            onChange={(event) => set({ name: event.currentTarget.value })}
          />
          {!isSsh && (
            <PasswordInput
              label={t('import.token')}
              description={t('import.tokenHint')}
              autoComplete="off"
              value={form.token}
              onChange={(event) => set({ token: event.currentTarget.value })}
            />
          )}
          {(source.startsWith('bitbucket') || (source === 'git' && !isSsh)) && (
            <TextInput
              label={t('import.username')}
              description={usernameHint(source)}
              autoComplete="off"
              value={form.username}
              onChange={(event) => set({ username: event.currentTarget.value })}
            />
          )}
          {source !== 'git' && (
            <TextInput
              label={t('import.apiUrl')}
              description={t('import.apiUrlHint')}
              value={form.apiUrl}
              onChange={(event) => set({ apiUrl: event.currentTarget.value })}
            />
          )}
        </SimpleGrid>
        {isSsh && (
          <Textarea
            label={t('import.privateKey')}
            description={t('import.privateKeyHint')}
            placeholder="-----BEGIN OPENSSH PRIVATE KEY-----"
            required
            autosize
            minRows={4}
            maxRows={12}
            spellCheck={false}
            autoComplete="off"
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
            value={form.privateKey}
            onChange={(event) => set({ privateKey: event.currentTarget.value })}
          />
        )}
        {source !== 'git' && (
          <Checkbox
            label={t('import.pulls')}
            checked={form.pulls}
            onChange={(event) => set({ pulls: event.currentTarget.checked })}
          />
        )}
        <Checkbox
          label={t('import.lfs')}
          disabled={isSsh}
          checked={form.lfs && !isSsh}
          onChange={(event) => set({ lfs: event.currentTarget.checked })}
        />
        <Group>
          <Button type="submit" loading={create.isPending}>
            {t('import.start')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
