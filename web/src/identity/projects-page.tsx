import { useState } from 'react'
import { identityEndpoints, type Project } from '@madang/api'
import { Link, useNavigate } from '@tanstack/react-router'
import { Button, Group, Modal, SimpleGrid, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { Boxes, Plus } from 'lucide-react'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { SampleCard } from '../sample/sample-card.tsx'
import { SharedRepos } from './shared-repos.tsx'
import { Empty, Loaded, PageHead } from '../ui/states.tsx'

export function ProjectsPage() {
  const [isCreating, setCreating] = useState(false)
  const query = useEndpoint(identityEndpoints.projectList, {})
  const create = (
    <Button leftSection={<Plus size={16} />} onClick={() => setCreating(true)}>
      {t('identity.newProject')}
    </Button>
  )
  return (
    <>
      <PageHead
        title={t('identity.projectsTitle')}
        note={t('identity.projectsNote')}
        actions={create}
      />
      <SampleCard />
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty
              icon={<Boxes size={32} />}
              title={t('identity.noProjects')}
              text={t('identity.noProjectsText')}
              action={create}
            />
          ) : (
            <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
              {items.map((project) => (
                <ProjectCard key={project.key} project={project} />
              ))}
            </SimpleGrid>
          )
        }
      </Loaded>
      <SharedRepos />
      <Modal
        opened={isCreating}
        onClose={() => setCreating(false)}
        title={t('identity.newProject')}
      >
        <ProjectCreate />
      </Modal>
    </>
  )
}

function ProjectCard({ project }: { project: Project }) {
  return (
    <Link
      to="/p/$project"
      params={{ project: project.key }}
      className="card"
      style={{ padding: 18, textDecoration: 'none', display: 'block' }}
    >
      <Group gap="sm" wrap="nowrap" align="flex-start">
        <Text className="mono" fw={700} c="celadon" style={{ flex: 'none' }}>
          {project.key}
        </Text>
        <div className="grow">
          <Text fw={600}>{project.name}</Text>
          <Text size="sm" className="dim" lineClamp={2}>
            {project.description}
          </Text>
        </div>
      </Group>
    </Link>
  )
}

function ProjectCreate() {
  const [values, setValues] = useState({ key: '', name: '', description: '' })
  const navigate = useNavigate()
  const create = useAction(identityEndpoints.projectCreate, {
    quiet: true,
    done: (project) => void navigate({ to: '/p/$project', params: { project: project.key } }),
  })
  const set = (change: Partial<typeof values>) => setValues({ ...values, ...change })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        create.mutate({ body: values })
      }}
    >
      <Stack gap="sm">
        <TextInput
          label={t('identity.projectName')}
          required
          data-autofocus
          value={values.name}
          onChange={(event) => set({ name: event.currentTarget.value })}
        />
        <TextInput
          label={t('identity.projectKey')}
          description={t('identity.projectKeyHint')}
          required
          pattern="[A-Z][A-Z0-9]{1,9}"
          value={values.key}
          error={create.error?.message}
          onChange={(event) => set({ key: event.currentTarget.value.toUpperCase() })}
        />
        <Textarea
          label={t('identity.description')}
          autosize
          minRows={2}
          value={values.description}
          onChange={(event) => set({ description: event.currentTarget.value })}
        />
        <Button type="submit" loading={create.isPending}>
          {t('ui.create')}
        </Button>
      </Stack>
    </form>
  )
}
