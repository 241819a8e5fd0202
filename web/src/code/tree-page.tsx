import { codeEndpoints, type Repo, type TreeEntry } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Code, Stack, Text } from '@mantine/core'
import { File, FileSymlink, Folder, FolderGit2, type LucideIcon } from 'lucide-react'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { ArchiveLinks } from '../repo-settings/archive-links.tsx'
import { Markdown } from '../ui/markdown.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { Ago } from '../ui/time.tsx'
import { addressOf, RefBar, RepoFrame, type RepoPlace } from './repo-frame.tsx'

export function TreePage() {
  return (
    <RepoFrame>
      {(repo, place) =>
        repo.isEmpty ? <EmptyRepo repo={repo} /> : <TreeView repo={repo} place={place} />
      }
    </RepoFrame>
  )
}

function TreeView({ repo, place }: { repo: Repo; place: RepoPlace }) {
  const params = { project: repo.project, repo: repo.name }
  const query = useEndpoint(codeEndpoints.treeGet, {
    params,
    query: { ref: place.ref, path: place.path },
  })
  return (
    <>
      <RefBar
        repo={repo}
        place={place}
        page="tree"
        right={<ArchiveLinks {...params} gitRef={place.ref} />}
      />
      <Loaded query={query} lines={8}>
        {(tree) => (
          <>
            <div className="card rows">
              {tree.entries.map((entry) => (
                <EntryRow key={entry.path} entry={entry} place={place} />
              ))}
              {tree.truncated && (
                <Text size="sm" className="dim" p="sm">
                  {t('code.truncatedTree')}
                </Text>
              )}
            </div>
            {tree.readme && (
              <section className="card" style={{ marginTop: 20, padding: '20px 24px' }}>
                <Markdown text={tree.readme.text} project={repo.project} />
              </section>
            )}
          </>
        )}
      </Loaded>
    </>
  )
}

const icons: Record<TreeEntry['kind'], LucideIcon> = {
  folder: Folder,
  file: File,
  link: FileSymlink,
  submodule: FolderGit2,
}

function EntryRow({ entry, place }: { entry: TreeEntry; place: RepoPlace }) {
  const Icon = icons[entry.kind]
  const page = entry.kind === 'folder' ? 'tree' : 'file'
  const last = entry.lastCommit
  return (
    <Link to={addressOf({ ...place, path: entry.path }, page)} className="row">
      <Icon
        size={17}
        style={{ flex: 'none' }}
        color={entry.kind === 'folder' ? 'var(--mantine-primary-color-filled)' : 'currentColor'}
        opacity={0.75}
      />
      <Text size="sm" className="ellipsis" style={{ flex: '1 1 180px' }}>
        {entry.name}
      </Text>
      <Text size="sm" className="dim ellipsis" style={{ flex: '2 1 0' }} visibleFrom="sm">
        {last?.title}
      </Text>
      <Text size="sm" className="dim" style={{ flex: 'none' }}>
        {last && <Ago at={last.at} />}
      </Text>
    </Link>
  )
}

function EmptyRepo({ repo }: { repo: Repo }) {
  const commands = [
    `git remote add origin ${repo.cloneUrl}`,
    `git push -u origin ${repo.defaultBranch}`,
  ]
  return (
    <div className="card">
      <Empty
        icon={<FolderGit2 size={32} />}
        title={t('code.emptyRepo')}
        text={
          <Stack gap="xs" ta="start">
            {t('code.emptyRepoText')}
            <Code block>{commands.join('\n')}</Code>
          </Stack>
        }
      />
    </div>
  )
}
