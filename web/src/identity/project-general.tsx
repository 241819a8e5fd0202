import { useState } from 'react'
import { identityEndpoints, type Project } from '@madang/api'
import { useNavigate, useParams } from '@tanstack/react-router'
import { Alert, Button, Group, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { ConfirmButton } from '../ui/dialogs.tsx'
import { Section } from '../ui/pieces.tsx'
import { useMay } from '../ui/role.ts'

/** The project at hand, for whoever may change it. */
function useOwnProject(): Project | undefined {
  const { project: key } = useParams({ strict: false }) as { project: string }
  const mayChange = useMay('maintainer')
  const query = useEndpoint(identityEndpoints.projectGet, { params: { project: key } })
  return mayChange && query.data?.key === key ? query.data : undefined
}

/** What a project is called and is about. */
export function ProjectGeneral() {
  const project = useOwnProject()
  return project ? <ProjectForm key={project.key} project={project} /> : null
}

/** The end of a project that was never used. */
export function ProjectEnd() {
  const project = useOwnProject()
  return project ? <ProjectDelete project={project} /> : null
}

function ProjectForm({ project }: { project: Project }) {
  const [form, setForm] = useState({ name: project.name, description: project.description })
  const update = useAction(identityEndpoints.projectUpdate, { quiet: true })
  const set = (change: Partial<typeof form>) => {
    update.reset()
    setForm({ ...form, ...change })
  }
  return (
    <Section title={t('repo.general')}>
      <form
        className="card"
        style={{ padding: 16 }}
        onSubmit={(event) => {
          event.preventDefault()
          update.mutate({ params: { project: project.key }, body: form })
        }}
      >
        <Stack gap="sm">
          {update.error && <Alert color="red">{update.error.message}</Alert>}
          <TextInput
            label={t('identity.projectName')}
            required
            maxLength={100}
            value={form.name}
            onChange={(event) => set({ name: event.currentTarget.value })}
          />
          <Textarea
            label={t('identity.description')}
            autosize
            minRows={2}
            maxRows={8}
            maxLength={10_000}
            value={form.description}
            onChange={(event) => set({ description: event.currentTarget.value })}
          />
          <Group gap="sm">
            <Button type="submit" loading={update.isPending}>
              {t('ui.save')}
            </Button>
            {update.isSuccess && (
              <span className="dim" aria-live="polite">
                {t('repo.saved')}
              </span>
            )}
          </Group>
        </Stack>
      </form>
    </Section>
  )
}

function ProjectDelete({ project: { key, name } }: { project: Project }) {
  const navigate = useNavigate()
  const remove = useAction(identityEndpoints.projectDelete, {
    quiet: true,
    stale: ['/api/projects'],
    done: () => void navigate({ to: '/' }),
  })
  return (
    <Section title={t('repo.danger')}>
      <div className="card">
        <div className="row" style={{ flexWrap: 'wrap' }}>
          <div className="grow" style={{ flexBasis: 220 }}>
            <Text fw={600}>{t('identity.projectDelete')}</Text>
            <Text size="sm" className="dim">
              {t('identity.projectDeleteNote')}
            </Text>
          </div>
          <ConfirmButton
            label={t('identity.projectDelete')}
            text={t('identity.projectDeleteText', { name, key })}
            run={() => remove.mutate({ params: { project: key } })}
            isBusy={remove.isPending}
          />
        </div>
        {remove.error && (
          <Alert color="red" m="md" mt={0}>
            {remove.error.message}
          </Alert>
        )}
      </div>
    </Section>
  )
}
