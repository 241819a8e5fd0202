import { useState } from 'react'
import { packageEndpoints } from '@madang/api'
import { useParams } from '@tanstack/react-router'
import { Alert, Button, Group, Tabs, Text, TextInput } from '@mantine/core'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { CopyText, Section } from '../ui/pieces.tsx'
import { useMay } from '../ui/role.ts'
import { Loaded } from '../ui/states.tsx'
import { type Client, clientNames, clientTexts } from './client-texts.ts'
import { PackagesFrame } from './packages-frame.tsx'

/** `/p/GB/packages`: settings to copy for each package manager, and where to look for what is not here. */
export function PackagesPage() {
  const { project } = useParams({ strict: false }) as { project: string }
  return (
    <PackagesFrame project={project} title={t('registry.clients')} note={t('registry.clientsNote')}>
      <Tabs defaultValue="maven" keepMounted={false}>
        <Tabs.List mb="md">
          {(Object.keys(clientNames) as Client[]).map((client) => (
            <Tabs.Tab key={client} value={client}>
              {clientNames[client]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {(Object.keys(clientNames) as Client[]).map((client) => (
          <Tabs.Panel key={client} value={client}>
            <HowTo client={client} project={project} />
          </Tabs.Panel>
        ))}
      </Tabs>
      <Remotes project={project} />
    </PackagesFrame>
  )
}

function HowTo({ client, project }: { client: Client; project: string }) {
  return clientTexts(client, window.location.origin, project).map(({ title, text }) => (
    <section key={title} style={{ marginBottom: 16 }}>
      <Text fw={600} size="sm" mb={6}>
        {t(title)}
      </Text>
      <CopyText text={text} label={t(title)} />
    </section>
  ))
}

const kinds = ['maven', 'npm', 'pypi'] as const
type Kind = (typeof kinds)[number]
const examples: Record<Kind, string> = {
  maven: 'https://repo1.maven.org/maven2',
  npm: 'https://registry.npmjs.org',
  pypi: 'https://pypi.org/simple',
}

/** Registries that are asked for what this one does not hold. */
function Remotes({ project }: { project: string }) {
  const query = useEndpoint(packageEndpoints.packageRemoteList, { params: { project } })
  const mayChange = useMay('maintainer')
  return (
    <Section title={t('registry.remotes')}>
      <Text size="sm" className="dim" mb={8}>
        {t('registry.remotesNote')}
      </Text>
      <Loaded query={query} lines={3}>
        {({ items }) => (
          <div className="card rows">
            {kinds.map((kind) => {
              const url = items.find((item) => item.kind === kind)?.url ?? ''
              return mayChange ? (
                <RemoteForm key={`${kind} ${url}`} project={project} kind={kind} url={url} />
              ) : (
                <div key={kind} className="row">
                  <Text fw={600} w={80}>
                    {clientNames[kind]}
                  </Text>
                  <Text className={url ? 'mono grow' : 'dim grow'}>{url || t('ui.none')}</Text>
                </div>
              )
            })}
          </div>
        )}
      </Loaded>
    </Section>
  )
}

function RemoteForm({ project, kind, url }: { project: string; kind: Kind; url: string }) {
  const [text, setText] = useState(url)
  const set = useAction(packageEndpoints.packageRemoteSet, { quiet: true })
  const save = (next: string | null) =>
    set.mutate({ params: { project, kind }, body: { url: next } })
  const wanted = text.trim()
  return (
    <form
      style={{ padding: '10px 14px' }}
      onSubmit={(event) => {
        event.preventDefault()
        save(wanted === '' ? null : wanted)
      }}
    >
      {set.error && (
        <Alert color="red" mb="xs">
          {set.error.message}
        </Alert>
      )}
      <Group gap="sm" align="flex-end">
        <TextInput
          className="grow"
          miw={220}
          type="url"
          label={clientNames[kind]}
          placeholder={examples[kind]}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Button
          type="submit"
          variant="default"
          loading={set.isPending}
          disabled={wanted === url}
          aria-label={`${t('ui.save')}: ${clientNames[kind]}`}
        >
          {t('ui.save')}
        </Button>
        {url !== '' && (
          <Button
            variant="default"
            loading={set.isPending}
            onClick={() => save(null)}
            aria-label={`${t('registry.remoteOff')}: ${clientNames[kind]}`}
          >
            {t('registry.remoteOff')}
          </Button>
        )}
      </Group>
    </form>
  )
}
