import { type ReactNode, useEffect } from 'react'
import { codeEndpoints, type Repo } from '@madang/api'
import { Link, useLocation, useNavigate, useParams, useRouter } from '@tanstack/react-router'
import { Group, Select, Tabs, Text } from '@mantine/core'
import { useEndpoint, useLive } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { CloneBox } from '../repo-settings/clone-box.tsx'
import { useIsMember, useMay } from '../ui/role.ts'
import { Loaded, PageHead } from '../ui/states.tsx'

export interface RepoPlace {
  project: string
  repo: string
  /** A branch, a tag or a commit; the default branch where the address names none. */
  ref: string
  /** Path inside the repository. */
  path: string
}

/** Reads the parts that every page of a repository has in its address. */
export function usePlace(): Omit<RepoPlace, 'ref'> & { ref: string | undefined } {
  const params = useParams({ strict: false }) as Record<string, string | undefined>
  return {
    project: params['project']!,
    repo: params['repo']!,
    ref: params['ref'],
    path: params['_splat'] ?? '',
  }
}

/** The head of every page of a repository: name, clone address, and its tabs. */
export function RepoFrame(props: { children: (repo: Repo, place: RepoPlace) => ReactNode }) {
  const place = usePlace()
  useLive(useIsMember() ? [`project:${place.project}`] : [])
  const params = { project: place.project, repo: place.repo }
  const query = useEndpoint(codeEndpoints.repoGet, { params })
  return (
    <Loaded query={query}>
      {(repo) => (
        <>
          {!query.isPlaceholderData && isElsewhere(repo, place) && (
            <ToNewPlace from={place} repo={repo} />
          )}
          <PageHead
            title={
              <span style={{ display: 'flex', flexWrap: 'wrap', gap: '0 8px' }}>
                <Link
                  to="/p/$project/code"
                  params={{ project: place.project }}
                  className="dim"
                  style={{ textDecoration: 'none' }}
                >
                  {place.project} /
                </Link>
                <span>{repo.name}</span>
              </span>
            }
            note={repo.description}
            actions={<CloneBox repo={repo} />}
          />
          <RepoTabs repo={repo} />
          {props.children(repo, { ...place, ref: place.ref ?? repo.defaultBranch })}
        </>
      )}
    </Loaded>
  )
}

const isElsewhere = (repo: Repo, place: Pick<RepoPlace, 'project' | 'repo'>) =>
  repo.name !== place.repo || repo.project !== place.project

/** A link with a name or a project from before shows the page, under the address it has now. */
function ToNewPlace({ from, repo }: { from: Pick<RepoPlace, 'project' | 'repo'>; repo: Repo }) {
  const { href } = useLocation()
  const { history } = useRouter()
  const before = `/p/${from.project}/code/${from.repo}`
  const to = href.replace(before, `/p/${repo.project}/code/${repo.name}`)
  useEffect(() => history.replace(to), [history, to])
  return null
}

function RepoTabs({ repo }: { repo: Repo }) {
  const { pathname } = useLocation()
  const navigate = useNavigate()
  const maySet = useMay('maintainer')
  const base = `/p/${repo.project}/code/${repo.name}`
  const part = pathname.slice(base.length).split('/')[1] ?? ''
  const value =
    { blame: 'files', commit: 'commits', file: 'files', tree: 'files', '': 'files' }[part] ?? part
  return (
    <Tabs
      value={value}
      mb="md"
      onChange={(tab) => void navigate({ to: tab === 'files' ? base : `${base}/${tab}` })}
    >
      <Tabs.List>
        <Tabs.Tab value="files">{t('code.files')}</Tabs.Tab>
        <Tabs.Tab value="commits">{t('code.commits')}</Tabs.Tab>
        <Tabs.Tab value="branches">{t('code.branches')}</Tabs.Tab>
        <Tabs.Tab value="pulls">{t('code.pulls')}</Tabs.Tab>
        {maySet && <Tabs.Tab value="settings">{t('ui.settings')}</Tabs.Tab>}
      </Tabs.List>
    </Tabs>
  )
}

/** Chooses the branch or tag that a page shows, and where in it one is. */
export function RefBar(props: {
  repo: Repo
  place: RepoPlace
  page: 'tree' | 'commits'
  right?: ReactNode
}) {
  const { repo, place } = props
  const navigate = useNavigate()
  const params = { project: repo.project, repo: repo.name }
  const branches = useEndpoint(codeEndpoints.branchList, { params, query: { limit: 200 } })
  const tags = useEndpoint(codeEndpoints.tagList, { params, query: { limit: 200 } })
  const names = (items: { name: string }[] | undefined) => (items ?? []).map(({ name }) => name)
  const groups = [
    { group: t('code.branches'), items: names(branches.data?.items) },
    { group: t('code.tags'), items: names(tags.data?.items) },
  ].filter(({ items }) => items.length > 0)
  const isKnown = groups.some(({ items }) => items.includes(place.ref))
  return (
    <Group mb="sm" gap="sm">
      <Select
        aria-label={t('code.branchOrTag')}
        size="sm"
        w={220}
        searchable
        allowDeselect={false}
        data={isKnown ? groups : [{ group: t('code.commits'), items: [place.ref] }, ...groups]}
        value={place.ref}
        onChange={(ref) => ref && void navigate({ to: addressOf({ ...place, ref }, props.page) })}
      />
      <Crumbs place={place} />
      {props.right}
    </Group>
  )
}

/** `/p/GB/code/guestbook/tree/main/src`; a branch's slashes are escaped. */
export function addressOf(place: RepoPlace, page: 'tree' | 'file' | 'blame' | 'commits'): string {
  const path =
    place.path === '' ? '' : `/${place.path.split('/').map(encodeURIComponent).join('/')}`
  const ref = encodeURIComponent(place.ref)
  return `/p/${place.project}/code/${place.repo}/${page}/${ref}${path}`
}

function Crumbs({ place }: { place: RepoPlace }) {
  const parts = place.path === '' ? [] : place.path.split('/')
  return (
    <Text className="grow mono" size="sm">
      <Link to={addressOf({ ...place, path: '' }, 'tree')}>{place.repo}</Link>
      {parts.map((part, index) => {
        const path = parts.slice(0, index + 1).join('/')
        const isLast = index === parts.length - 1
        return (
          <span key={path}>
            {' / '}
            {isLast ? part : <Link to={addressOf({ ...place, path }, 'tree')}>{part}</Link>}
          </span>
        )
      })}
    </Text>
  )
}
