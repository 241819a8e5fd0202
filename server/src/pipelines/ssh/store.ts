import type { Selectable } from 'kysely'
import type { Actor, Kernel, Transaction } from '../../kernel/index.ts'
import type { IdentityPort } from '../ports.ts'

interface SshTables {
  /** What programs of a repository's runs log in elsewhere with. */
  pipelines_ssh_key: { owner: string; public_key: string; sealed: string; updated_at: number }
  /** Whom they believe to be who they say. */
  pipelines_known_host: {
    id: string
    owner: string
    /** As `known_hosts` has it: `[name]:port` where the port is not 22. */
    hostname: string
    key_type: string
    key: string
  }
}

export type KnownHost = Selectable<SshTables['pipelines_known_host']>

/** The key pair and known hosts of repositories; an owner is `GB/guestbook`. */
export interface SshStore {
  publicKey(owner: string): Promise<string | undefined>
  /** Undefined takes the pair away. */
  putPair(actor: Actor, owner: string, pair: KeyPair | undefined): Promise<void>
  /** In the order of their making. */
  hosts(owner: string): Promise<KnownHost[]>
  /** A new one without `id`, else the one it names with other contents. */
  putHost(actor: Actor, host: Omit<KnownHost, 'id'> & { id?: string }): Promise<KnownHost>
  removeHost(actor: Actor, host: KnownHost): Promise<void>
  /** What a run finds; undefined where there is neither. */
  /** With a repository to another project: what is sealed is sealed for its owner. */
  move(tx: Transaction, from: string, to: string): Promise<void>
  ofRun(run: { project: string; repo: string }): Promise<RunSsh | undefined>
}

interface KeyPair {
  publicKey: string
  privateKey: string
}

export interface RunSsh {
  privateKey: string | undefined
  /** Lines of `known_hosts`. */
  knownHosts: string[]
}

const purpose = (owner: string) => `pipelines/ssh/${owner}`

interface StoreParts {
  kernel: Kernel
  identity: Pick<IdentityPort, 'audit'>
}

const at = (on: Pick<Transaction, 'tables'>) => on.tables<SshTables>()

export function createSshStore({ kernel, identity }: StoreParts): SshStore {
  const { database, secrets, clock, ids } = kernel
  const pairOf = (owner: string) => {
    const query = at(database).selectFrom('pipelines_ssh_key').selectAll()
    return query.where('owner', '=', owner).executeTakeFirst()
  }
  const hosts = (owner: string) => {
    const query = at(database).selectFrom('pipelines_known_host').selectAll()
    return query.where('owner', '=', owner).orderBy('id').execute()
  }
  forgetWithRepos(kernel)
  return {
    hosts,
    publicKey: async (owner) => (await pairOf(owner))?.public_key,
    async putPair(actor, owner, pair) {
      await database.write(async (tx) => {
        const action = pair ? 'pipelineKey.put' : 'pipelineKey.removed'
        await at(tx).deleteFrom('pipelines_ssh_key').where('owner', '=', owner).execute()
        await identity.audit(tx, { actor, action, subject: owner })
        if (!pair) return
        const sealed = secrets.seal(pair.privateKey, purpose(owner))
        const row = { owner, public_key: pair.publicKey, sealed, updated_at: clock.now() }
        await at(tx).insertInto('pipelines_ssh_key').values(row).execute()
      })
    },
    async putHost(actor, given) {
      const row: KnownHost = { ...given, id: given.id ?? ids.next('host') }
      await database.write(async (tx) => {
        const into = at(tx).insertInto('pipelines_known_host').values(row)
        await into.onConflict((conflict) => conflict.column('id').doUpdateSet(row)).execute()
        const subject = `${row.owner}:${row.hostname}`
        await identity.audit(tx, { actor, action: 'knownHost.put', subject })
      })
      return row
    },
    async removeHost(actor, { id, owner, hostname }) {
      await database.write(async (tx) => {
        await at(tx).deleteFrom('pipelines_known_host').where('id', '=', id).execute()
        const subject = `${owner}:${hostname}`
        await identity.audit(tx, { actor, action: 'knownHost.removed', subject })
      })
    },
    async move(tx, from, to) {
      const db = at(tx)
      const hosts = db.updateTable('pipelines_known_host').set({ owner: to })
      await hosts.where('owner', '=', from).execute()
      const pairs = db.selectFrom('pipelines_ssh_key').selectAll().where('owner', '=', from)
      const pair = await pairs.executeTakeFirst()
      if (!pair) return
      const sealed = secrets.seal(secrets.open(pair.sealed, purpose(from)), purpose(to))
      const moved = db.updateTable('pipelines_ssh_key').set({ owner: to, sealed })
      await moved.where('owner', '=', from).execute()
    },
    async ofRun({ project, repo }) {
      const owner = `${project}/${repo}`
      const [pair, known] = await Promise.all([pairOf(owner), hosts(owner)])
      if (!pair && known.length === 0) return undefined
      const knownHosts = known.map(({ hostname, key_type: type, key }) =>
        [hostname, type, key].join(' '),
      )
      return { privateKey: pair && secrets.open(pair.sealed, purpose(owner)), knownHosts }
    },
  }
}

/** A repository made later under the same name must not find another's key. */
function forgetWithRepos({ events, database }: Kernel): void {
  events.listen({
    name: 'pipelines.ssh',
    types: ['code.repoDeleted'],
    async handle({ data }) {
      const { project, repo } = data as { project: string; repo: string }
      await database.write(async (tx) => {
        for (const table of ['pipelines_ssh_key', 'pipelines_known_host'] as const) {
          await at(tx).deleteFrom(table).where('owner', '=', `${project}/${repo}`).execute()
        }
      })
    },
  })
}
