import { identityEndpoints as api } from '@madang/api'
import { type Actor, type Kernel, type RequestInfo, type Route, route } from '../kernel/index.ts'
import { refuse } from './accounts.ts'
import type { People, Request } from './people.ts'
import type { Projects } from './projects.ts'
import { auditList } from './store-audit.ts'

interface Parts {
  kernel: Kernel
  people: People
  projects: Projects
  roleIn: (actor: Actor, key: string) => Promise<'viewer' | 'developer' | 'maintainer' | undefined>
}

export function adminRoutes(parts: Parts): Route[] {
  return [...peopleRoutes(parts), ...projectRoutes(parts), ...memberRoutes(parts)]
}

function peopleRoutes({ kernel, people }: Parts): Route[] {
  return [
    route(api.personList, ({ query }) => people.list(query)),
    route(api.personCreate, ({ actor, body, request }) =>
      people.create(from(actor, request), body),
    ),
    route(api.personUpdate, ({ actor, params, body, request }) =>
      people.update(from(actor, request), params.name, body),
    ),
    route(api.personInvite, ({ actor, params, request }) =>
      people.invite(from(actor, request), params.name),
    ),
    route(api.auditList, ({ query }) => auditList(kernel.database, query)),
  ]
}

function projectRoutes({ kernel, projects, roleIn }: Parts): Route[] {
  const { database } = kernel
  return [
    route(api.projectList, async ({ actor }) => ({ items: await projects.list(actor) })),
    route(api.projectCreate, ({ actor, body, request }) => {
      if (actor.kind !== 'person' || actor.project !== undefined) throw refuse('personOnly')
      return database.write((tx) => projects.create(tx, actor, body, request.ip))
    }),
    route(api.projectGet, async ({ actor, params }) => {
      const found = await projects.get(params.project)
      if (!found) throw refuse('projectNotFound', { key: params.project })
      return { ...found, role: await roleIn(actor, params.project) }
    }),
    route(api.projectUpdate, ({ actor, params, body, request }) =>
      database.write((tx) =>
        projects.update(tx, actor, params.project, { change: body, address: request.ip }),
      ),
    ),
    route(api.projectDelete, async ({ actor, params, request }) => {
      const given = { address: request.ip }
      await database.write((tx) => projects.remove(tx, actor, params.project, given))
      return {}
    }),
  ]
}

function memberRoutes({ kernel, projects }: Parts): Route[] {
  const { database } = kernel
  return [
    route(api.memberList, async ({ params }) => ({
      items: await projects.members(params.project),
    })),
    route(api.memberSet, ({ actor, params, body, request }) =>
      database.write((tx) =>
        projects.memberSet(tx, actor, { ...params, role: body.role, address: request.ip }),
      ),
    ),
    route(api.memberRemove, async ({ actor, params, request }) => {
      const given = { ...params, address: request.ip }
      await database.write((tx) => projects.memberRemove(tx, actor, given))
      return {}
    }),
  ]
}

function from(actor: Actor, request: RequestInfo): Request {
  return { actor, address: request.ip, origin: request.origin }
}
