import type { BitbucketDoor } from '../code/index.ts'
import type { Actor, Kernel } from '../kernel/index.ts'
import type { IdentityPort } from './ports.ts'
import type { PipelinesTables, VariableRow } from './tables.ts'

/** Owner of the variables that runs of every repository have. */
export const WORKSPACE_VARIABLES = 'workspace'

/** Owner of what a repository's stages find that deploy to an environment. */
export const environmentOwner = (
  { project, repo }: { project: string; repo: string },
  environment: string,
): string => `${project}/${repo}/${environment}`

/** A variable in the environment of runs; a secured one is masked in their logs. */
export interface Variable {
  id: string
  /** `GB/guestbook`, an `environmentOwner`, or `WORKSPACE_VARIABLES`. */
  owner: string
  key: string
  value: string
  isSecured: boolean
}

export interface VariableStore {
  /** In the order of their making. */
  list(owner: string): Promise<Variable[]>
  /** A new one without `id`, else the one it names with other contents. */
  put(actor: Actor, given: Omit<Variable, 'id'> & { id?: string }): Promise<Variable>
  remove(actor: Actor, variable: Variable): Promise<void>
  /** What a run finds: the workspace's, and over them its repository's. */
  ofRun(run: { project: string; repo: string }): Promise<Variable[]>
  /** What its stages find that deploy to an environment of releases. */
  ofDeployment(run: { project: string; repo: string }, environment: string): Promise<Variable[]>
}

const purpose = (id: string) => `pipelines/variable/${id}`

interface StoreParts {
  kernel: Kernel
  identity: Pick<IdentityPort, 'audit'>
  /** Where a new name of an environment is known. */
  bitbucket?: Pick<BitbucketDoor, 'environments'>
}

export function createVariableStore({ kernel, identity, bitbucket }: StoreParts): VariableStore {
  const { database, secrets, clock, ids } = kernel
  const tables = () => database.tables<PipelinesTables>()
  const opened = (row: VariableRow): Variable => ({
    id: row.id,
    owner: row.owner,
    key: row.key,
    value: secrets.open(row.sealed, purpose(row.id)),
    isSecured: row.is_secured === 1,
  })
  const list = async (owner: string) => {
    const query = tables().selectFrom('pipelines_variable').selectAll().where('owner', '=', owner)
    return (await query.orderBy('id').execute()).map(opened)
  }
  forgetWithRepos(kernel)
  return {
    list,
    async put(actor, given) {
      const { id = ids.next('var'), owner, key, value, isSecured } = given
      const row: VariableRow = {
        id,
        owner,
        key,
        sealed: secrets.seal(value, purpose(id)),
        is_secured: isSecured ? 1 : 0,
        updated_at: clock.now(),
      }
      await database.write(async (tx) => {
        const into = tx.tables<PipelinesTables>().insertInto('pipelines_variable').values(row)
        await into.onConflict((conflict) => conflict.column('id').doUpdateSet(row)).execute()
        await identity.audit(tx, { actor, action: 'variable.put', subject: `${owner}:${key}` })
      })
      return opened(row)
    },
    async remove(actor, { id, owner, key }) {
      await database.write(async (tx) => {
        const db = tx.tables<PipelinesTables>()
        await db.deleteFrom('pipelines_variable').where('id', '=', id).execute()
        await identity.audit(tx, { actor, action: 'variable.removed', subject: `${owner}:${key}` })
      })
    },
    async ofRun({ project, repo }) {
      const all = [...(await list(WORKSPACE_VARIABLES)), ...(await list(`${project}/${repo}`))]
      return [...new Map(all.map((variable) => [variable.key, variable])).values()]
    },
    async ofDeployment(run, called) {
      const name = (await bitbucket?.environments.ofName(run.project, called)) ?? called
      return list(environmentOwner(run, name))
    },
  }
}

/** A repository made later under the same name must not find another's secrets. */
function forgetWithRepos({ events, database }: Kernel): void {
  events.listen({
    name: 'pipelines.variables',
    types: ['code.repoDeleted'],
    async handle({ data }) {
      const { project, repo } = data as { project: string; repo: string }
      await database.write(async (tx) => {
        const db = tx.tables<PipelinesTables>()
        const own = `${project}/${repo}`
        const isOwn = db.deleteFrom('pipelines_variable')
        await isOwn
          .where((row) => row.or([row('owner', '=', own), row('owner', 'like', `${own}/%`)]))
          .execute()
      })
    },
  })
}
