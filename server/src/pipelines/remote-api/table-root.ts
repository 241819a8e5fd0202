import type { Call, Reply } from './exchange.ts'
import type { Action, AtContainer, Table } from './routing.ts'
import { importHome } from './import-home.ts'
import { peopleBean, personBean, personNamed, whoAmIBean } from './people-bean.ts'
import { rootBean, pluginsBean } from './system-beans.ts'
import * as computer from './computer-actions.ts'
import { computerBean, computersBean, labelBean, loadBean } from './computer-bean.ts'
import * as system from './system-actions.ts'
import { Failure } from './failure.ts'

/** What stands at the top and nowhere else. */
export const rootTable: Table<AtContainer> = {
  things: [
    { path: '', needs: 'viewer', show: async (call) => rootBean(call) },
    { path: 'me', needs: 'signedIn', show: async (call) => personBean(call) },
    { path: 'whoAmI', needs: 'signedIn', show: async (call) => whoAmIBean(call) },
    { path: 'queue', needs: 'signedIn', show: (call) => system.queueList(call) },
    {
      path: 'queue/item/:id',
      needs: 'viewer',
      show: (call, { params }) => system.queueItem(call, params['id']!),
    },
    { path: 'computer', needs: 'signedIn', show: async (call) => computersBean(call) },
    {
      path: 'computer/:name',
      needs: 'signedIn',
      show: async (call, { params }) => computerBean(call, computer.nodeAt(call, params['name']!)),
    },
    {
      path: 'label/:name',
      needs: 'signedIn',
      show: async (call, { params }) => labelBean(call, params['name']!),
    },
    { path: 'overallLoad', needs: 'signedIn', show: async (call) => loadBean(call) },
    {
      path: 'user/:name',
      needs: 'signedIn',
      show: (call, { params }) => personNamed(call, params['name']!),
    },
    ...['people', 'asynchPeople'].map((path) => ({
      path,
      needs: 'signedIn' as const,
      show: (call: Call) => peopleBean(call, path),
    })),
    { path: 'pluginManager', needs: 'signedIn', show: async () => pluginsBean() },
  ],
  actions: [
    {
      method: 'POST',
      path: 'queue/cancelItem',
      needs: 'developer',
      run: (call) => system.cancelById(call),
    },
    {
      method: 'POST',
      path: 'queue/item/:id/cancelQueue',
      needs: 'developer',
      run: (call, { params }) => system.cancelQueue(call, params['id']!),
    },
    {
      method: 'POST',
      path: 'quietDown',
      needs: 'administrator',
      run: (call) => system.setQuiet(call, true),
    },
    {
      method: 'POST',
      path: 'cancelQuietDown',
      needs: 'administrator',
      run: (call) => system.setQuiet(call, false),
    },
    {
      method: 'POST',
      path: 'pipeline-model-converter/validate',
      needs: 'signedIn',
      run: (call) => system.lint(call),
    },
    {
      method: 'POST',
      path: 'pipeline-model-converter/validateJenkinsfile',
      needs: 'signedIn',
      run: (call) => system.lintAsJson(call),
    },
    {
      method: 'POST',
      path: 'importHome',
      needs: 'signedIn',
      run: (call, { item }) => importHome(call, item),
    },
    { method: 'any', path: 'scriptText', needs: 'signedIn', run: system.refuseScript },
    { method: 'any', path: 'script', needs: 'signedIn', run: system.refuseScript },
    {
      method: 'any',
      path: 'computer/:name/scriptText',
      needs: 'signedIn',
      run: system.refuseScript,
    },
    {
      method: 'POST',
      path: 'computer/doCreateItem',
      needs: 'signedIn',
      async run() {
        throw new Failure(403, 'Nodes are not made here: a machine joins by itself as an agent')
      },
    },
    ...nodeActions(),
    ...['safeRestart', 'restart', 'safeExit', 'exit', 'reload'].map((path) => ({
      method: 'POST' as const,
      path,
      needs: 'signedIn' as const,
      run: system.refused(path),
    })),
    {
      method: 'POST',
      path: 'pluginManager/*',
      needs: 'signedIn',
      run: system.refused('The installation of plugins'),
    },
  ],
}

function nodeActions(): Action<AtContainer>[] {
  const run =
    (act: (call: Call, name: string) => Promise<Reply>): Action<AtContainer>['run'] =>
    (call, { params }) =>
      act(call, params['name']!)
  const post = (name: string, act: Parameters<typeof run>[0]): Action<AtContainer> => {
    return { method: 'POST', path: `computer/:name/${name}`, needs: 'signedIn', run: run(act) }
  }
  return [
    post('toggleOffline', computer.toggleOffline),
    post('changeOfflineCause', computer.changeOfflineCause),
    post('doDisconnect', computer.disconnect),
    post('doDelete', computer.deleteNode),
    {
      method: 'GET',
      path: 'computer/:name/config.xml',
      needs: 'signedIn',
      run: run(computer.configXml),
    },
    post('*', computer.refuseConfig),
  ]
}
