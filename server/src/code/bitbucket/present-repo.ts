import type { Project } from '@madang/api'
import { codeTables, type OpenRepo, openRow } from '../context.ts'
import { isEmptyRepo } from '../commit-create.ts'
import { gitPath, repoPage } from '../model.ts'
import { settingsOf } from '../repo-settings.ts'
import { refsOf, repoById } from '../store-repos.ts'
import { uuidOf } from '../uuid.ts'
import type { Ask } from './call.ts'
import { momentOf } from './people.ts'
import { fullNames, WORKSPACE, WORKSPACE_UUID } from './places.ts'
import type { Json } from './query.ts'

export const api = (ask: Ask) => `${ask.origin}/2.0`

export function presentWorkspace(ask: Ask): Json {
  const self = `${api(ask)}/workspaces/${WORKSPACE}`
  return {
    type: 'workspace',
    uuid: WORKSPACE_UUID,
    name: 'Madang',
    slug: WORKSPACE,
    is_private: true,
    is_privacy_enforced: true,
    links: {
      self: { href: self },
      html: { href: ask.origin },
      avatar: { href: `${ask.origin}/favicon.svg` },
      members: { href: `${self}/members` },
      projects: { href: `${self}/projects` },
      repositories: { href: `${api(ask)}/repositories/${WORKSPACE}` },
      snippets: { href: `${api(ask)}/snippets/${WORKSPACE}` },
    },
  }
}

export const projectUrl = (ask: Ask, { key }: Project): string =>
  `${api(ask)}/workspaces/${WORKSPACE}/projects/${key}`

export function presentProject(ask: Ask, project: Project): Json {
  const { key, name } = project
  return {
    type: 'project',
    key,
    name,
    uuid: uuidOf(`project:${key}`),
    description: project.description ?? '',
    is_private: true,
    has_publicly_visible_repos: false,
    created_on: momentOf(project.createdAt),
    updated_on: momentOf(project.createdAt),
    owner: ownerOf(ask),
    workspace: presentWorkspace(ask),
    links: {
      self: { href: projectUrl(ask, project) },
      html: { href: `${ask.origin}/p/${key}` },
      avatar: { href: `${ask.origin}/favicon.svg` },
      repositories: { href: `${api(ask)}/repositories/${WORKSPACE}?q=project.key="${key}"` },
    },
  }
}

export const fullNameOf = async (ask: Ask, repo: OpenRepo): Promise<string> =>
  (await fullNames(ask.parts.context)).get(repo.row.id) ?? `${repo.project}/${repo.slug}`

export const repoUrl = async (ask: Ask, repo: OpenRepo): Promise<string> =>
  `${api(ask)}/repositories/${await fullNameOf(ask, repo)}`

/** As other objects name it. */
export async function presentRepoBriefly(ask: Ask, repo: OpenRepo): Promise<Json> {
  const full_name = await fullNameOf(ask, repo)
  return {
    type: 'repository',
    full_name,
    name: repo.slug,
    uuid: uuidOf(repo.row.id),
    links: {
      self: { href: `${api(ask)}/repositories/${full_name}` },
      html: { href: `${ask.origin}${repoPage(repo)}` },
      avatar: { href: `${ask.origin}/favicon.svg` },
    },
  }
}

export async function presentRepo(ask: Ask, repo: OpenRepo): Promise<Json> {
  const { context } = ask.parts
  const { row } = repo
  const settings = settingsOf(row)
  const project = await context.identity.projectGet(repo.project)
  const brief = await presentRepoBriefly(ask, repo)
  const refs = await refsOf(codeTables(context.kernel.database), row.id)
  const isEmpty = await isEmptyRepo(context, repo)
  const parent = settings.forkOf ? await parentOf(ask, settings.forkOf) : undefined
  return {
    ...brief,
    slug: row.slug,
    scm: 'git',
    description: row.description,
    website: settings.website ?? null,
    language: settings.language ?? '',
    is_private: true,
    fork_policy: settings.forkPolicy ?? 'no_public_forks',
    // Issues are a project's here, not a repository's.
    has_issues: false,
    has_wiki: settings.hasWiki ?? false,
    size: await context.folders.sizeOf(row.id),
    created_on: momentOf(row.created_at),
    updated_on: momentOf(Math.max(row.created_at, ...refs.map((ref) => ref.updated_at))),
    mainbranch: isEmpty ? null : { type: 'branch', name: repo.defaultBranch },
    owner: ownerOf(ask),
    workspace: presentWorkspace(ask),
    ...(project ? { project: presentProject(ask, project) } : {}),
    parent: parent ?? null,
    override_settings: { default_merge_strategy: true, branching_model: true },
    links: linksOf(ask, repo, String(brief['full_name'])),
  }
}

async function parentOf(ask: Ask, id: string): Promise<Json | undefined> {
  const { context } = ask.parts
  const row = await repoById(codeTables(context.kernel.database), id)
  const role = row && (await context.identity.roleIn(ask.actor, row.project, row.slug))
  return row && role ? presentRepoBriefly(ask, await openRow(context, row)) : undefined
}

function ownerOf(ask: Ask): Json {
  const { uuid, links } = presentWorkspace(ask)
  return { type: 'team', username: WORKSPACE, display_name: 'Madang', uuid, links }
}

function linksOf(ask: Ask, repo: OpenRepo, fullName: string): Json {
  const self = `${api(ask)}/repositories/${fullName}`
  const parts = ['branches', 'tags', 'commits', 'forks', 'hooks', 'pullrequests', 'downloads']
  const of = (part: string) =>
    ['branches', 'tags'].includes(part) ? `${self}/refs/${part}` : `${self}/${part}`
  return {
    self: { href: self },
    html: { href: `${ask.origin}${repoPage(repo)}` },
    avatar: { href: `${ask.origin}/favicon.svg` },
    source: { href: `${self}/src` },
    clone: [{ name: 'https', href: `${ask.origin}${gitPath(repo)}` }],
    ...Object.fromEntries(parts.map((part) => [part, { href: of(part) }])),
  }
}
