import { type Branch, codeEndpoints, type NamedRef, type Repo } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Badge, Button, Group, Text, Title } from '@mantine/core'
import { GitBranch, Tag } from 'lucide-react'
import { useAction, usePages } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { ArchiveLinks } from '../repo-settings/archive-links.tsx'
import { Empty, Failure } from '../ui/states.tsx'
import { Ago } from '../ui/time.tsx'
import { addressOf, RepoFrame } from './repo-frame.tsx'
import { MoreButton } from '../ui/pieces.tsx'

export function BranchesPage() {
  return (
    <RepoFrame>
      {(repo) => (
        <>
          <Branches repo={repo} />
          <Title order={2} fz={17} mt={28} mb={8}>
            {t('code.tags')}
          </Title>
          <Tags repo={repo} />
        </>
      )}
    </RepoFrame>
  )
}

function Branches({ repo }: { repo: Repo }) {
  const params = { project: repo.project, repo: repo.name }
  const query = usePages(codeEndpoints.branchList, { params, query: {} })
  const items = query.data?.pages.flatMap((page) => page.items) ?? []
  if (query.error) return <Failure error={query.error} retry={() => void query.refetch()} />
  return (
    <>
      <div className="card rows">
        {query.isSuccess && items.length === 0 && (
          <Empty icon={<GitBranch size={32} />} title={t('code.noBranches')} />
        )}
        {items.map((branch) => (
          <BranchRow key={branch.name} repo={repo} branch={branch} />
        ))}
      </div>
      <MoreButton query={query} />
    </>
  )
}

function BranchRow({ repo, branch }: { repo: Repo; branch: Branch }) {
  const remove = useAction(codeEndpoints.branchDelete)
  const place = { project: repo.project, repo: repo.name, ref: branch.name, path: '' }
  const base = `/p/${repo.project}/code/${repo.name}/pulls`
  return (
    <div className="row" style={{ flexWrap: 'wrap' }}>
      <div className="grow" style={{ minWidth: 200 }}>
        <Group gap={8}>
          <Link to={addressOf(place, 'tree')}>
            <Text fw={600} className="mono" size="sm">
              {branch.name}
            </Text>
          </Link>
          {branch.isDefault && (
            <Badge size="sm" variant="light" tt="none">
              {t('code.defaultBranch')}
            </Badge>
          )}
        </Group>
        <LastCommit commit={branch.commit} />
      </div>
      {!branch.isDefault && (
        <>
          <Text size="sm" className="dim">
            {t('code.aheadBehind', { ahead: branch.ahead, behind: branch.behind })}
          </Text>
          {branch.pullRequest ? (
            <Button
              size="xs"
              variant="default"
              component={Link}
              to={`${base}/${branch.pullRequest}`}
            >
              #{branch.pullRequest}
            </Button>
          ) : (
            <Button
              size="xs"
              variant="default"
              component={Link}
              to={`${base}/new?source=${encodeURIComponent(branch.name)}`}
            >
              {t('code.newPull')}
            </Button>
          )}
          <Button
            size="xs"
            variant="subtle"
            color="red"
            loading={remove.isPending}
            onClick={() =>
              remove.mutate({
                params: { project: repo.project, repo: repo.name, name: branch.name },
              })
            }
          >
            {t('ui.delete')}
          </Button>
        </>
      )}
    </div>
  )
}

function Tags({ repo }: { repo: Repo }) {
  const params = { project: repo.project, repo: repo.name }
  const query = usePages(codeEndpoints.tagList, { params, query: {} })
  const items = query.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <div className="card rows">
      {query.isSuccess && items.length === 0 && (
        <Text size="sm" className="dim" p="md">
          {t('code.noTags')}
        </Text>
      )}
      {items.map((tag) => (
        <div key={tag.name} className="row">
          <Tag size={16} className="dim" style={{ flex: 'none' }} />
          <div className="grow">
            <Link to={addressOf({ ...params, ref: tag.name, path: '' }, 'tree')}>
              <Text fw={600} className="mono" size="sm">
                {tag.name}
              </Text>
            </Link>
            <LastCommit commit={tag.commit} />
          </div>
          <ArchiveLinks {...params} gitRef={tag.name} size="xs" />
        </div>
      ))}
    </div>
  )
}

function LastCommit({ commit }: { commit: NamedRef['commit'] }) {
  return (
    <Text size="sm" className="dim ellipsis">
      {commit.title} · {commit.author} · <Ago at={commit.at} />
    </Text>
  )
}
