import { codeEndpoints, type Commit, type Repo } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Text } from '@mantine/core'
import { GitCommitHorizontal } from 'lucide-react'
import { usePages } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Empty, Failure } from '../ui/states.tsx'
import { Ago } from '../ui/time.tsx'
import { SignatureMark } from './signature-mark.tsx'
import { RefBar, RepoFrame, type RepoPlace } from './repo-frame.tsx'
import { MoreButton } from '../ui/pieces.tsx'

export function CommitsPage() {
  return <RepoFrame>{(repo, place) => <CommitList repo={repo} place={place} />}</RepoFrame>
}

function CommitList({ repo, place }: { repo: Repo; place: RepoPlace }) {
  const params = { project: repo.project, repo: repo.name }
  const query = usePages(codeEndpoints.commitList, {
    params,
    query: { ref: place.ref, path: place.path },
  })
  const items = query.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <>
      <RefBar repo={repo} place={place} page="commits" />
      {query.error && <Failure error={query.error} retry={() => void query.refetch()} />}
      <CommitRows repo={repo} commits={items} />
      {query.isSuccess && items.length === 0 && (
        <Empty icon={<GitCommitHorizontal size={32} />} title={t('code.noCommits')} />
      )}
      <MoreButton query={query} />
    </>
  )
}

export function CommitRows({
  repo,
  commits,
}: {
  repo: Pick<Repo, 'project' | 'name'>
  commits: Commit[]
}) {
  return (
    <div className="card rows">
      {commits.map((commit) => (
        <Link
          key={commit.sha}
          to="/p/$project/code/$repo/commit/$sha"
          params={{ project: repo.project, repo: repo.name, sha: commit.sha }}
          className="row"
        >
          <div className="grow">
            <Text className="ellipsis" fw={500}>
              {commit.title}
            </Text>
            <Text size="sm" className="dim">
              {commit.author.name} · <Ago at={commit.committer.at} />
            </Text>
          </div>
          <SignatureMark signature={commit.signature} />
          <Text className="mono dim" size="sm">
            {commit.sha.slice(0, 8)}
          </Text>
        </Link>
      ))}
    </div>
  )
}
