import { codeKeyEndpoints as api } from '@madang/api'
import { route, type Route } from '../../kernel/index.ts'
import { type CodeContext, openRepo, type OpenRepo } from '../context.ts'
import {
  addKey,
  type KeyOwner,
  keysOf,
  listKeys,
  ownerOf,
  presentDeployKey,
  presentKey,
  projectKeyOwner,
  removeKey,
} from '../keys/index.ts'
import type { HostKey } from './host-keys.ts'

const done = { done: true } as const

/** Where git over SSH is, once it listens. */
export interface SshPlace {
  /** `ssh://git@host:port`. */
  url: string | undefined
  hostKeys(): HostKey[]
}

export function keyRoutes(context: CodeContext, place: () => SshPlace): Route[] {
  return [...personRoutes(context, place), ...deployRoutes(context), ...projectRoutes(context)]
}

function personRoutes(context: CodeContext, place: () => SshPlace): Route[] {
  return [
    route(api.sshKeyList, async ({ actor }) => {
      const rows = await keysOf(context.kernel.database, ownerOf(actor).id)
      return { items: rows.map(presentKey) }
    }),
    route(api.sshKeyCreate, async ({ actor, body }) =>
      presentKey(await addKey(context, { actor, owner: ownerOf(actor), key: body })),
    ),
    route(api.sshKeyDelete, async ({ actor, params }) => {
      await removeKey(context, { actor, owner: ownerOf(actor), id: params.id })
      return done
    }),
    route(api.sshServerGet, async () => {
      const { url, hostKeys } = place()
      const known = url === undefined ? [] : hostKeys()
      const keys = known.map(({ algorithm, publicKey, fingerprint }) => ({
        algorithm,
        key: publicKey,
        fingerprint,
      }))
      return { isOn: url !== undefined, url, hostKeys: keys }
    }),
  ]
}

function deployRoutes(context: CodeContext): Route[] {
  return [
    route(api.deployKeyList, async ({ params }) => ({
      items: await listKeys(context, asOwner(await openRepo(context, params.project, params.repo))),
    })),
    route(api.deployKeyCreate, async ({ actor, params, body }) => {
      const owner = asOwner(await openRepo(context, params.project, params.repo))
      return presentDeployKey(await addKey(context, { actor, owner, key: body }))
    }),
    route(api.deployKeyDelete, async ({ actor, params }) => {
      const owner = asOwner(await openRepo(context, params.project, params.repo))
      await removeKey(context, { actor, owner, id: params.id })
      return done
    }),
  ]
}

function projectRoutes(context: CodeContext): Route[] {
  return [
    route(api.projectKeyList, async ({ params }) => {
      const rows = await keysOf(context.kernel.database, projectKeyOwner(params.project).id)
      return { items: rows.map(presentKey) }
    }),
    route(api.projectKeyCreate, async ({ actor, params, body }) => {
      const owner = projectKeyOwner(params.project)
      return presentKey(await addKey(context, { actor, owner, key: body }))
    }),
    route(api.projectKeyDelete, async ({ actor, params }) => {
      const owner = projectKeyOwner(params.project)
      await removeKey(context, { actor, owner, id: params.id })
      return done
    }),
  ]
}

function asOwner({ row, project, name }: OpenRepo): KeyOwner {
  return { id: row.id, subject: `${project}/${name}`, project }
}
