import { useState } from 'react'
import { codeEndpoints, type Repo } from '@madang/api'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { Alert, Badge, Button, Modal, Stack, Text, TextInput } from '@mantine/core'
import { FolderGit2, Import, Plus, SearchCode } from 'lucide-react'
import { useAction, useEndpoint, useLive } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Empty, Loaded, PageHead } from '../ui/states.tsx'

export function CodePage() {
  const { project } = useParams({ strict: false }) as { project: string }
  const [isCreating, setCreating] = useState(false)
  useLive([`project:${project}`])
  const query = useEndpoint(codeEndpoints.repoList, { params: { project } })
  const create = (
    <Button leftSection={<Plus size={16} />} onClick={() => setCreating(true)}>
      {t('code.newRepo')}
    </Button>
  )
  return (
    <>
      <PageHead
        title={t('code.title')}
        note={t('code.note')}
        actions={
          <>
            <Button
              variant="default"
              leftSection={<SearchCode size={16} />}
              component={Link}
              to={`/p/${project}/code/search`}
            >
              {t('search.title')}
            </Button>
            <Button
              variant="default"
              leftSection={<Import size={16} />}
              component={Link}
              to={`/p/${project}/code/import`}
            >
              {t('import.action')}
            </Button>
            {create}
          </>
        }
      />
      <Loaded query={query}>
        {({ items }) => (
          <div className="card rows">
            {items.length === 0 && (
              <Empty
                icon={<FolderGit2 size={32} />}
                title={t('code.noRepos')}
                text={t('code.noReposText')}
              />
            )}
            {items.map((repo) => (
              <RepoRow key={repo.id} repo={repo} />
            ))}
          </div>
        )}
      </Loaded>
      <Modal opened={isCreating} onClose={() => setCreating(false)} title={t('code.newRepo')}>
        <RepoCreate project={project} />
      </Modal>
    </>
  )
}

function RepoRow({ repo }: { repo: Repo }) {
  return (
    <Link
      to="/p/$project/code/$repo"
      params={{ project: repo.project, repo: repo.name }}
      className="row"
    >
      <FolderGit2 size={20} className="dim" style={{ flex: 'none' }} />
      <div className="grow">
        <Text fw={600}>{repo.name}</Text>
        <Text size="sm" className="dim ellipsis">
          {repo.isEmpty ? t('code.emptyRepo') : repo.description || repo.defaultBranch}
        </Text>
      </div>
      {repo.isProtected && (
        <Badge variant="outline" color="gray" tt="none">
          {t('code.protected')}
        </Badge>
      )}
    </Link>
  )
}

function RepoCreate({ project }: { project: string }) {
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const navigate = useNavigate()
  const create = useAction(codeEndpoints.repoCreate, {
    quiet: true,
    done: (repo) =>
      void navigate({ to: '/p/$project/code/$repo', params: { project, repo: repo.name } }),
  })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        create.mutate({ params: { project }, body: { name, description } })
      }}
    >
      <Stack gap="sm">
        {create.error && <Alert color="red">{create.error.message}</Alert>}
        <TextInput
          label={t('code.repoName')}
          description={t('code.repoNameHint')}
          required
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          label={t('identity.description')}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
        <Button type="submit" loading={create.isPending}>
          {t('ui.create')}
        </Button>
      </Stack>
    </form>
  )
}
