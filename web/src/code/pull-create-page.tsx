import { useState } from 'react'
import { codeEndpoints, type Repo } from '@madang/api'
import { useNavigate, useSearch } from '@tanstack/react-router'
import {
  Alert,
  Button,
  Checkbox,
  Group,
  Select,
  Stack,
  Textarea,
  TextInput,
  Title,
} from '@mantine/core'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Loaded } from '../ui/states.tsx'
import { CommitRows } from './commits-page.tsx'
import { DiffView } from './diff-view.tsx'
import { RepoFrame } from './repo-frame.tsx'

export function PullCreatePage() {
  return <RepoFrame>{(repo) => <PullCreate repo={repo} />}</RepoFrame>
}

function PullCreate({ repo }: { repo: Repo }) {
  const search = useSearch({ strict: false }) as { source?: string }
  const [source, setSource] = useState(search.source ?? null)
  const [target, setTarget] = useState(repo.defaultBranch)
  const params = { project: repo.project, repo: repo.name }
  const branches = useEndpoint(codeEndpoints.branchList, { params, query: { limit: 200 } })
  const names = (branches.data?.items ?? []).map(({ name }) => name)
  return (
    <>
      <Title order={2} fz={20} mb="md">
        {t('code.newPull')}
      </Title>
      <Group mb="md" align="flex-end">
        <Select
          label={t('code.source')}
          searchable
          data={names.filter((name) => name !== target)}
          value={source}
          onChange={setSource}
        />
        <Select
          label={t('code.target')}
          searchable
          allowDeselect={false}
          data={names}
          value={target}
          onChange={(value) => value && setTarget(value)}
        />
      </Group>
      {source && <Proposal key={source} repo={repo} source={source} target={target} />}
    </>
  )
}

function Proposal({ repo, source, target }: { repo: Repo; source: string; target: string }) {
  const params = { project: repo.project, repo: repo.name }
  const query = useEndpoint(codeEndpoints.compareGet, {
    params,
    query: { from: target, to: source },
  })
  return (
    <Loaded query={query} lines={8}>
      {(compare) => (
        <>
          <ProposalForm
            repo={repo}
            source={source}
            target={target}
            title={compare.commits.length === 1 ? compare.commits[0]!.title : source}
          />
          <Title order={3} fz={17} mt={28} mb={8}>
            {t('code.commits')}
          </Title>
          <CommitRows repo={repo} commits={compare.commits} />
          <Title order={3} fz={17} mt={28} mb={8}>
            {t('code.changes')}
          </Title>
          <DiffView diff={compare.diff} />
        </>
      )}
    </Loaded>
  )
}

function ProposalForm(props: { repo: Repo; source: string; target: string; title: string }) {
  const { repo, source, target } = props
  const [title, setTitle] = useState(props.title)
  const [description, setDescription] = useState('')
  const [deleteSource, setDeleteSource] = useState(true)
  const [isDraft, setDraft] = useState(false)
  const navigate = useNavigate()
  const params = { project: repo.project, repo: repo.name }
  const create = useAction(codeEndpoints.pullRequestCreate, {
    quiet: true,
    done: (pull) =>
      void navigate({
        to: '/p/$project/code/$repo/pulls/$number',
        params: { ...params, number: String(pull.number) },
      }),
  })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        create.mutate({
          params,
          body: { title, description, source, target, deleteSource, isDraft },
        })
      }}
    >
      <Stack gap="sm" maw={720}>
        {create.error && <Alert color="red">{create.error.message}</Alert>}
        <TextInput
          label={t('code.pullTitle')}
          required
          value={title}
          onChange={(event) => setTitle(event.currentTarget.value)}
        />
        <Textarea
          label={t('code.pullDescription')}
          autosize
          minRows={4}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
        <Checkbox
          label={t('code.deleteSource')}
          checked={deleteSource}
          onChange={(event) => setDeleteSource(event.currentTarget.checked)}
        />
        <Checkbox
          label={t('code.isDraft')}
          checked={isDraft}
          onChange={(event) => setDraft(event.currentTarget.checked)}
        />
        <Button type="submit" loading={create.isPending} style={{ alignSelf: 'flex-start' }}>
          {t('code.newPull')}
        </Button>
      </Stack>
    </form>
  )
}
