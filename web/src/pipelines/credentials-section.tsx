import { useState } from 'react'
import {
  type Credential,
  credentialKinds,
  type CredentialInput,
  pipelinesEndpoints,
} from '@madang/api'
import { useParams } from '@tanstack/react-router'
import {
  Alert,
  Button,
  FileInput,
  Group,
  Modal,
  PasswordInput,
  Select,
  Stack,
  Text,
  Textarea,
  TextInput,
  Title,
} from '@mantine/core'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Loaded } from '../ui/states.tsx'

/** The secrets that Jenkinsfiles of a project may use; part of the project's settings. */
export function CredentialsSection() {
  const { project } = useParams({ strict: false }) as { project: string }
  const [isAdding, setAdding] = useState(false)
  const query = useEndpoint(pipelinesEndpoints.credentialList, { params: { project } })
  return (
    <section>
      <Group mt={32} mb={4}>
        <Title order={2} fz={18} className="grow">
          {t('pipelines.credentials')}
        </Title>
        <Button size="xs" variant="default" onClick={() => setAdding(true)}>
          {t('pipelines.newCredential')}
        </Button>
      </Group>
      <Text size="sm" className="dim" mb={10}>
        {t('pipelines.credentialsNote')}
      </Text>
      <Loaded query={query} lines={2}>
        {({ items }) => (
          <div className="card rows">
            {items.length === 0 && (
              <Text size="sm" className="dim" p="md">
                {t('pipelines.noCredentials')}
              </Text>
            )}
            {items.map((entry) => (
              <CredentialRow key={entry.id} project={project} entry={entry} />
            ))}
          </div>
        )}
      </Loaded>
      <Modal
        opened={isAdding}
        onClose={() => setAdding(false)}
        title={t('pipelines.newCredential')}
      >
        <CredentialForm project={project} done={() => setAdding(false)} />
      </Modal>
    </section>
  )
}

function CredentialRow({ project, entry }: { project: string; entry: Credential }) {
  const remove = useAction(pipelinesEndpoints.credentialDelete)
  return (
    <div className="row">
      <div className="grow">
        <Text className="mono" fw={600}>
          {entry.id}
        </Text>
        <Text size="sm" className="dim">
          {[t(`pipelines.kind_${entry.kind}`), entry.username ?? entry.fileName, entry.description]
            .filter(Boolean)
            .join(' · ')}
        </Text>
      </div>
      <Button
        size="xs"
        variant="default"
        onClick={() => remove.mutate({ params: { project, credential: entry.id } })}
      >
        {t('ui.delete')}
      </Button>
    </div>
  )
}

type Kind = CredentialInput['kind']

function CredentialForm({ project, done }: { project: string; done: () => void }) {
  const [kind, setKind] = useState<Kind>('secretText')
  const [id, setId] = useState('')
  const [username, setUsername] = useState('')
  const [secret, setSecret] = useState('')
  const [file, setFile] = useState<File | null>(null)
  const put = useAction(pipelinesEndpoints.credentialPut, { quiet: true, done })
  const submit = async () => {
    const body = await credentialOf(kind, { id, username, secret, file })
    put.mutate({ params: { project }, body })
  }
  const hasUser = kind === 'usernamePassword' || kind === 'sshKey'
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      <Stack gap="sm">
        {put.error && <Alert color="red">{put.error.message}</Alert>}
        <Select
          label={t('pipelines.credentialKind')}
          allowDeselect={false}
          data={credentialKinds.map((value) => ({ value, label: t(`pipelines.kind_${value}`) }))}
          value={kind}
          onChange={(value) => value && setKind(value as Kind)}
        />
        <TextInput
          label={t('pipelines.credentialId')}
          required
          className="mono"
          value={id}
          onChange={(event) => setId(event.currentTarget.value)}
        />
        {hasUser && (
          <TextInput
            label={t('pipelines.username')}
            value={username}
            onChange={(event) => setUsername(event.currentTarget.value)}
          />
        )}
        {kind === 'file' && (
          <FileInput label={t('pipelines.file')} required value={file} onChange={setFile} />
        )}
        {kind === 'sshKey' && (
          <Textarea
            label={t('pipelines.privateKey')}
            required
            autosize
            minRows={4}
            className="mono"
            value={secret}
            onChange={(event) => setSecret(event.currentTarget.value)}
          />
        )}
        {(kind === 'secretText' || kind === 'usernamePassword') && (
          <PasswordInput
            label={t(kind === 'secretText' ? 'pipelines.secret' : 'pipelines.password')}
            required
            autoComplete="off"
            value={secret}
            onChange={(event) => setSecret(event.currentTarget.value)}
          />
        )}
        <Button type="submit" loading={put.isPending}>
          {t('ui.save')}
        </Button>
      </Stack>
    </form>
  )
}

interface Given {
  id: string
  username: string
  secret: string
  file: File | null
}

async function credentialOf(kind: Kind, given: Given): Promise<CredentialInput> {
  const { id, username, secret, file } = given
  switch (kind) {
    case 'secretText':
      return { kind, id, secret }
    case 'usernamePassword':
      return { kind, id, username, password: secret }
    case 'sshKey':
      return { kind, id, username, privateKey: secret }
    case 'file': {
      const bytes = new Uint8Array((await file?.arrayBuffer()) ?? new ArrayBuffer(0))
      const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
      return { kind, id, fileName: file?.name ?? 'file', contentBase64: btoa(text) }
    }
  }
}
