import { pipelinesEndpoints as endpoints } from '@madang/api'
import { type Route, route } from '../kernel/index.ts'
import type { PipelinesDoor } from './door.ts'

export function pipelinesRoutes(door: PipelinesDoor): Route[] {
  return [
    route(endpoints.jobList, ({ params, query }) => door.jobList(params.project, query)),
    route(endpoints.runList, ({ params, query }) => door.runList(params.project, query)),
    route(endpoints.runStart, ({ actor, params, body }) =>
      door.runStart(actor, { project: params.project, ...body }),
    ),
    route(endpoints.runGet, ({ params }) => door.runGet(params.project, params.run)),
    route(endpoints.runLog, ({ params, query }) => door.runLog(params.project, params.run, query)),
    route(endpoints.runTests, ({ params, query }) =>
      door.runTests(params.project, params.run, query),
    ),
    route(endpoints.runReports, ({ params }) => door.runReports(params.project, params.run)),
    route(endpoints.runAbort, ({ actor, params }) =>
      door.runAbort(actor, params.project, params.run),
    ),
    route(endpoints.runAgain, ({ actor, params }) =>
      door.runAgain(actor, params.project, params.run),
    ),
    route(endpoints.runJenkinsfile, ({ params }) =>
      door.runJenkinsfile(params.project, params.run),
    ),
    route(endpoints.runReplay, ({ actor, params, body }) =>
      door.runReplay(actor, params.project, params.run, body.jenkinsfile),
    ),
    route(endpoints.runRestart, ({ actor, params, body }) =>
      door.runRestart(actor, params.project, params.run, body.stage),
    ),
    route(endpoints.inputSubmit, ({ actor, params, body }) =>
      door.inputSubmit(actor, { ...params, ...body }),
    ),
    route(endpoints.credentialList, async ({ params }) => ({
      items: await door.credentials.list(params.project),
    })),
    route(endpoints.credentialPut, ({ actor, params, body }) =>
      door.credentialPut(actor, params.project, body),
    ),
    route(endpoints.credentialDelete, async ({ actor, params }) => {
      await door.credentialDelete(actor, params.project, params.credential)
      return {}
    }),
    route(endpoints.jenkinsfileValidate, async ({ body }) => door.validate(body.jenkinsfile)),
  ]
}
