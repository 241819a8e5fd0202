import * as credentials from './credential-actions.ts'
import { startBuild, startWithParameters } from './build-start.ts'
import { type Call, json, type Reply } from './exchange.ts'
import { Failure, notFound } from './failure.ts'
import { FEEDS, feedOf, type FeedName } from './feeds.ts'
import { importHome } from './import-home.ts'
import * as items from './item-actions.ts'
import type { Action, At, AtContainer, AtJob, Needs, Table } from './routing.ts'
import { describeJob, describeRuns } from './stage-view.ts'
import { credentialBean, credentialsBean } from './system-actions.ts'
import * as views from './view-actions.ts'
import { viewBean } from './view-bean.ts'

const STORE = 'credentials/store/folder/domain/_'

/** What every container has: the top as well. */
export const containerTable: Table<AtContainer> = {
  things: [
    { path: '', needs: 'viewer', show: async (call, { item }) => call.itemBean(item) },
    {
      path: 'view/:view',
      needs: 'viewer',
      async show(call, { item, params }) {
        const bean = await viewBean(call, item, params['view']!)
        if (!bean) throw notFound(params['view']!)
        return bean
      },
    },
    { path: STORE, needs: 'maintainer', show: (call, { item }) => credentialsBean(call, item) },
    {
      path: `${STORE}/credential/:id`,
      needs: 'maintainer',
      show: (call, { item, params }) => credentialBean(call, item, params['id']!),
    },
  ],
  actions: [
    post('createItem', 'maintainer', (call, { item }) => items.createItem(call, item)),
    post('createView', 'maintainer', (call, { item }) => views.createView(call, item)),
    {
      method: 'GET',
      path: 'view/:view/config.xml',
      needs: 'viewer',
      run: (call, { item, params }) => views.readViewConfig(call, item, params['view']!),
    },
    post('view/:view/config.xml', 'maintainer', (call, { item, params }) =>
      views.writeViewConfig(call, item, params['view']!),
    ),
    post('view/:view/doDelete', 'maintainer', (call, { item, params }) =>
      views.deleteView(call, item, params['view']!),
    ),
    post('view/:view/addJobToView', 'maintainer', (call, { item, params }) =>
      views.changeJobs(call, item, params['view']!, true),
    ),
    post('view/:view/removeJobFromView', 'maintainer', (call, { item, params }) =>
      views.changeJobs(call, item, params['view']!, false),
    ),
    {
      method: 'GET',
      path: 'config.xml',
      needs: 'developer',
      run: (call, { item }) => items.readConfig(call, item),
    },
    post('config.xml', 'maintainer', (call, { item }) => items.writeConfig(call, item)),
    post('doDelete', 'maintainer', (call, { item }) => items.deleteItem(call, item)),
    post('doRename', 'maintainer', (call, { item }) => items.renameItem(call, item)),
    post('confirmRename', 'maintainer', (call, { item }) => items.renameItem(call, item)),
    post('importHome', 'maintainer', (call, { item }) => importHome(call, item)),
    post(`${STORE}/createCredentials`, 'maintainer', (call, { item }) =>
      credentials.createCredential(call, item),
    ),
    {
      method: 'any',
      path: `${STORE}/credential/:id/config.xml`,
      needs: 'maintainer',
      run: (call, { item, params }) => credentials.credentialConfig(call, item, params['id']!),
    },
    post(`${STORE}/credential/:id/doDelete`, 'maintainer', (call, { item, params }) =>
      credentials.deleteCredential(call, item, params['id']!),
    ),
    ...feeds<AtContainer>(''),
    ...feeds<AtContainer>('view/:view/'),
  ],
}

export const jobTable: Table<AtJob> = {
  things: [{ path: '', needs: 'viewer', show: async (call, { item }) => call.itemBean(item) }],
  actions: [
    {
      method: 'GET',
      path: 'config.xml',
      needs: 'developer',
      run: (call, { item }) => items.readConfig(call, item),
    },
    post('config.xml', 'maintainer', (call, { item }) => items.writeConfig(call, item)),
    post('build', 'developer', (call, { item }) => startBuild(call, item)),
    post('buildWithParameters', 'developer', (call, { item }) => startWithParameters(call, item)),
    post('enable', 'maintainer', (call, { item }) => items.setDisabled(call, item, false)),
    post('disable', 'maintainer', (call, { item }) => items.setDisabled(call, item, true)),
    post('doDelete', 'maintainer', (call, { item }) => items.deleteItem(call, item)),
    post('doRename', 'maintainer', (call, { item }) => items.renameItem(call, item)),
    post('confirmRename', 'maintainer', (call, { item }) => items.renameItem(call, item)),
    ...['wfapi', 'wfapi/describe'].map((path) => ({
      method: 'GET' as const,
      path,
      needs: 'viewer' as const,
      run: async (call: Call, { item }: AtJob) => json(await describeJob(call, item)),
    })),
    {
      method: 'GET',
      path: 'wfapi/runs',
      needs: 'viewer',
      run: async (call, { item }) => json(await describeRuns(call, item, call.query.get('since'))),
    },
    ...feeds<AtJob>(''),
    post('doWipeOutWorkspace', 'viewer', async () => {
      throw new Failure(501, 'Wiping out a workspace is not supported; use deleteDir() in the job')
    }),
  ],
}

function feeds<A extends At>(prefix: string): Action<A>[] {
  return (Object.keys(FEEDS) as FeedName[]).map((feed) => ({
    method: 'GET',
    path: `${prefix}${feed}`,
    needs: 'viewer',
    run: (call, { item }) => feedOf(call, item, feed),
  }))
}

function post<A>(
  path: string,
  needs: Needs,
  run: (call: Call, at: A) => Promise<Reply>,
): Action<A> {
  return { method: 'POST', path, needs, run }
}
