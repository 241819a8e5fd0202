import { createLocks, type Kernel } from '../kernel/index.ts'
import { archiveEdge } from './archive/index.ts'
import { handleAutoMerge } from './auto-merge.ts'
import {
  type BitbucketDoor,
  createBitbucket,
  listenForHooks,
  searchCalls,
} from './bitbucket/index.ts'
import { type Code as CodeCalls, codeDoor } from './code.ts'
import type { CodeContext } from './context.ts'
import { installGate } from './gate/index.ts'
import { gitEdge } from './git-http.ts'
import { checkGitVersion } from './git-version.ts'
import { createImports } from './import/index.ts'
import { handleJobs, settleLeftovers } from './jobs.ts'
import { createLfs, lfsBlobs } from './lfs/index.ts'
import { createMergeQueue } from './merge-queue/index.ts'
import { codeMigrations } from './migrations.ts'
import { shareRepos } from './members.ts'
import type { RepoMover, RepoMoves } from './moves.ts'
import { createMirrors, openMirrors } from './mirrors/index.ts'
import { createObjectReader } from './object-reader.ts'
import type { IdentityPort, PlanPort } from './ports.ts'
import { rawEdge } from './raw-download.ts'
import { createRefsSync } from './refs-sync.ts'
import { createRepoFolders } from './repo-folder.ts'
import { memberRoutes } from './routes-members.ts'
import { reviewRoutes } from './routes-reviews.ts'
import { handleDeliveries, hookRoutes } from './hooks/index.ts'
import { codeRoutes } from './routes.ts'
import { pullRequestRoutes } from './routes-pull-requests.ts'
import { createCodeSearch } from './search/index.ts'
import { addScanRoutes, createSecretScanner } from './secrets/index.ts'
import { createSigner, createSigning } from './signing/index.ts'
import { createSsh } from './ssh/index.ts'

/** What capabilities to the right build calls of the Bitbucket API from. */
export * as bitbucketApi from './bitbucket/index.ts'
export type { BitbucketDoor } from './bitbucket/index.ts'
export type * from './events.ts'
export type { NewFile } from './commit-create.ts'
export { hostKeyAt, newKeyPair, publicKeyOf } from './keys/index.ts'
export type { RepoMove, RepoMover, RepoMoves } from './moves.ts'
export type { NewStatus } from './statuses.ts'
export { isQueueBranch, QUEUE_BRANCHES } from './queue-branch.ts'

const PUSH_LIMIT_BYTES = 4 * 1024 ** 3

/** What other capabilities may ask of `code`, and where they add to the Bitbucket API. */
export interface Code extends CodeCalls {
  readonly bitbucket: BitbucketDoor
  readonly moves: RepoMoves
}

interface Given {
  kernel: Kernel
  identity: IdentityPort
  plan?: PlanPort
  /** Largest pack that a push may bring; 4 GiB unless told. */
  pushLimitBytes?: number
}

/**
 * Repositories, git over HTTP, and pull requests. Refuses to start without a git that is new
 * enough.
 */
export async function createCode(given: Given): Promise<Code> {
  const { kernel, identity, plan, pushLimitBytes = PUSH_LIMIT_BYTES } = given
  await Promise.all([
    checkGitVersion(kernel.folder('git')),
    kernel.database.migrate('code', codeMigrations),
  ])
  const context: CodeContext = {
    kernel,
    identity,
    plan,
    pushLimitBytes,
    objects: createObjectReader(),
    lfsBlobs: lfsBlobs(kernel),
    folders: createRepoFolders(kernel.folder('repos')),
    locks: createLocks(),
    scanSecrets: await createSecretScanner(kernel),
    guardMirror: await openMirrors(kernel),
    gateSetting: installGate(kernel),
    signer: createSigner(kernel),
    movers: [],
  }
  shareRepos(context)
  const sync = createRefsSync(context)
  const parts = { context, sync }
  // Stops run the last registered first: pushes end (see gitEdge) before their readers do.
  kernel.onStop(async () => context.objects.stop())
  handleJobs(context, sync)
  handleAutoMerge(context, sync)
  await createMergeQueue(parts)
  await settleLeftovers(context)
  kernel.http.add([...codeRoutes(parts), ...pullRequestRoutes(parts)])
  kernel.http.add([...reviewRoutes(parts), ...hookRoutes(parts), ...memberRoutes(parts)])
  kernel.http.edge(gitEdge(context, sync))
  kernel.http.edge(rawEdge(context))
  kernel.http.edge(archiveEdge(context))
  const bitbucket = await createBitbucket(parts)
  handleDeliveries(context)
  listenForHooks(parts)
  await Promise.all([createLfs(context), createSigning(context), createImports(parts)])
  bitbucket.add(searchCalls(createCodeSearch(context)))
  addScanRoutes(context)
  createMirrors(parts)
  const moves = { add: (mover: RepoMover) => void context.movers.push(mover) }
  return { ...codeDoor(parts, await createSsh(parts)), bitbucket, moves }
}
