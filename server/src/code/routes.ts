import { codeEndpoints as api } from '@madang/api'
import { route, type Route } from '../kernel/index.ts'
import { readBlame } from './blame.ts'
import type { CodeParts } from './code.ts'
import { createBranch, deleteBranch, listBranches, sliceOf } from './branches.ts'
import { createCommit } from './commit-create.ts'
import { compareRevisions, readCommitWithDiff, readHistory } from './compare-read.ts'
import { codeTables, openRepo, openRow } from './context.ts'
import { readDiff } from './diff-read.ts'
import { readFileContent } from './file-read.ts'
import { rawPath } from './model.ts'
import { moveRepo } from './moves.ts'
import { presentStatus } from './pull-request-view.ts'
import { readNamedRefs } from './refs-read.ts'
import { createRepo, editRepo, presentRepo, removeRepo } from './repos.ts'
import { resolveRevision } from './revision.ts'
import { withSignatures } from './signing/index.ts'
import { setStatus } from './statuses.ts'
import { statusesOf } from './store-pull-requests.ts'
import { reposOf } from './store-repos.ts'
import { readTree } from './tree-read.ts'

const done = { done: true } as const

export function codeRoutes(parts: CodeParts): Route[] {
  return [...repoRoutes(parts), ...readRoutes(parts), ...refRoutes(parts), ...statusRoutes(parts)]
}

function repoRoutes({ context }: CodeParts): Route[] {
  const { database } = context.kernel
  return [
    route(api.repoList, async ({ params, request }) => {
      const rows = await reposOf(codeTables(database), params.project)
      const repos = await Promise.all(rows.map((row) => openRow(context, row)))
      const present = repos.map((repo) => presentRepo(context, repo, request.origin))
      return { items: await Promise.all(present) }
    }),
    route(api.repoCreate, async ({ params, body, actor, request }) => {
      const given = { ...body, project: params.project }
      const row = await database.write((tx) => createRepo(context, tx, actor, given))
      return presentRepo(context, await openRow(context, row), request.origin)
    }),
    route(api.repoGet, async ({ params, actor, request }) => {
      const { project, repo: name } = params
      const repo = await openRepo(context, project, name)
      const role = (await context.identity.roleIn(actor, project, name))!
      return { ...(await presentRepo(context, repo, request.origin)), role }
    }),
    route(api.repoUpdate, async ({ params, body, actor, request }) => {
      const repo = await openRepo(context, params.project, params.repo)
      const row = await editRepo(context, repo, { actor, edit: body })
      return presentRepo(context, await openRow(context, row), request.origin)
    }),
    route(api.repoMove, async ({ params, body, actor, request }) => {
      const repo = await openRepo(context, params.project, params.repo)
      await moveRepo(context, repo, { actor, project: body.project })
      const moved = await openRepo(context, body.project, repo.slug)
      return presentRepo(context, moved, request.origin)
    }),
    route(api.repoDelete, async ({ params, actor }) => {
      await removeRepo(context, actor, await openRepo(context, params.project, params.repo))
      return done
    }),
  ]
}

function readRoutes({ context, sync }: CodeParts): Route[] {
  const { objects } = context
  return [
    route(api.treeGet, async ({ params, query }) =>
      readTree(objects, await openRepo(context, params.project, params.repo), {
        ref: query.ref,
        path: query.path,
      }),
    ),
    route(api.fileGet, async ({ params, query }) => {
      const repo = await openRepo(context, params.project, params.repo)
      const rawUrl = ({ ref, path }: { ref: string; path: string }) => rawPath(repo, ref, path)
      return readFileContent(objects, repo, { ref: query.ref, path: query.path, rawUrl })
    }),
    route(api.blameGet, async ({ params, query }) =>
      readBlame(objects, await openRepo(context, params.project, params.repo), {
        ref: query.ref,
        path: query.path,
      }),
    ),
    route(api.commitList, async ({ params, query }) => {
      const repo = await openRepo(context, params.project, params.repo)
      const page = await readHistory(objects, repo, { ...query, ref: query.ref })
      return { ...page, items: await withSignatures(context, repo.folder, page.items) }
    }),
    route(api.commitGet, async ({ params }) => {
      const repo = await openRepo(context, params.project, params.repo)
      const commit = await readCommitWithDiff(objects, repo, params.sha)
      const rows = await statusesOf(codeTables(context.kernel.database), repo.row.id, [commit.sha])
      const [signed] = await withSignatures(context, repo.folder, [commit])
      return { ...commit, ...signed, statuses: rows.map(presentStatus) }
    }),
    route(api.commitCreate, async ({ params, body, actor }) => {
      const repo = await openRepo(context, params.project, params.repo)
      const files = body.files.map((file) => ({ ...file, content: bytesOf(file) }))
      return createCommit(context, sync, repo, { actor, given: { ...body, files } })
    }),
    route(api.compareGet, async ({ params, query }) =>
      compareRevisions(objects, await openRepo(context, params.project, params.repo), query),
    ),
    route(api.diffGet, async ({ params, query }) => {
      const repo = await openRepo(context, params.project, params.repo)
      const from = await resolveRevision(objects, repo, query.from)
      const to = await resolveRevision(objects, repo, query.to)
      return readDiff(repo.folder, from.sha, to.sha)
    }),
  ]
}

function bytesOf(file: { content: string | null; encoding: 'utf8' | 'base64' }): Buffer | null {
  return file.content === null ? null : Buffer.from(file.content, file.encoding)
}

function refRoutes({ context, sync }: CodeParts): Route[] {
  return [
    route(api.branchList, async ({ params, query }) =>
      listBranches(context, await openRepo(context, params.project, params.repo), query),
    ),
    route(api.branchCreate, async ({ params, body, actor }) => {
      const repo = await openRepo(context, params.project, params.repo)
      return createBranch(context, sync, repo, { actor, ...body })
    }),
    route(api.branchDelete, async ({ params, actor }) => {
      const repo = await openRepo(context, params.project, params.repo)
      await deleteBranch(context, sync, repo, { actor, name: params.name })
      return done
    }),
    route(api.tagList, async ({ params, query }) => {
      const repo = await openRepo(context, params.project, params.repo)
      return sliceOf(await readNamedRefs(repo.folder, 'tags'), query)
    }),
  ]
}

function statusRoutes({ context }: CodeParts): Route[] {
  const { database } = context.kernel
  return [
    route(api.statusList, async ({ params }) => {
      const repo = await openRepo(context, params.project, params.repo)
      const { sha } = await resolveRevision(context.objects, repo, params.sha)
      const rows = await statusesOf(codeTables(database), repo.row.id, [sha])
      return { items: rows.map(presentStatus) }
    }),
    route(api.statusSet, async ({ params, body, actor }) => {
      const repo = await openRepo(context, params.project, params.repo)
      const { sha } = await resolveRevision(context.objects, repo, params.sha)
      const status = { ...body, project: params.project, repo: params.repo, sha }
      await database.write((tx) => setStatus(context, tx, actor, status))
      return done
    }),
  ]
}
