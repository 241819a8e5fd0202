import * as builds from './build-actions.ts'
import { buildMention } from './build-bean.ts'
import { type Call, json, plainText, type Reply } from './exchange.ts'
import { Failure, notFound } from './failure.ts'
import type { Action, AtBuild, Needs, Table } from './routing.ts'
import * as stages from './stage-view.ts'
import { testReportBean } from './test-report.ts'

type Run = (call: Call, at: AtBuild) => Promise<Reply>

const on = (
  method: Action<AtBuild>['method'],
  path: string,
  needs: Needs,
  run: Run,
): Action<AtBuild> => ({ method, path, needs, run })

const get = (path: string, run: Run) => on('GET', path, 'viewer', run)
const post = (path: string, needs: Needs, run: Run) => on('POST', path, needs, run)

const stop: Run = (call, { item, run }) => builds.stopBuild(call, item, run)

export const buildTable: Table<AtBuild> = {
  things: [
    {
      path: '',
      needs: 'viewer',
      show: async (call, { item, run }) => buildMention(call, item, run),
    },
    {
      path: 'testReport',
      needs: 'viewer',
      show: (call, { run }) => testReportBean(call, run),
    },
  ],
  actions: [
    get('consoleText', async (call, { run }) => builds.consoleText(call, run)),
    on('any', 'logText/progressiveText', 'viewer', (call, { run }) =>
      builds.progressiveLog(call, run, false),
    ),
    on('any', 'logText/progressiveHtml', 'viewer', (call, { run }) =>
      builds.progressiveLog(call, run, true),
    ),
    get('buildNumber', async (_call, { run }) => plainText(String(run.number))),
    post('stop', 'developer', stop),
    post('term', 'developer', stop),
    post('kill', 'developer', stop),
    post('doDelete', 'maintainer', (call, { item, run }) => builds.deleteBuild(call, item, run)),
    post('submitDescription', 'developer', (call, { item, run }) =>
      builds.describeBuild(call, item, run),
    ),
    post('toggleLogKeep', 'viewer', async () => {
      throw new Failure(501, 'Keeping single builds is not supported; see buildDiscarder')
    }),
    post('replay/run', 'developer', (call, { item, run }) => builds.replayBuild(call, item, run)),
    post('replay', 'developer', (call, { item, run }) => builds.replayBuild(call, item, run)),
    post('replay/rebuild', 'developer', (call, { item, run }) => builds.rebuild(call, item, run)),
    ...['proceedEmpty', 'proceed', 'submit', 'abort'].map((how) =>
      post(`input/:id/${how}`, 'developer', (call, { item, run, params }) =>
        builds.answerInput(call, item, run, { id: params['id']!, how }),
      ),
    ),
    post('wfapi/inputSubmit', 'developer', (call, { item, run }) =>
      builds.answerInput(call, item, run, {
        id: call.query.get('inputId') ?? '',
        how: 'proceed',
      }),
    ),
    get('artifact/*', (call, { run, tail }) => builds.sendArtifact(call, run, tail)),
    ...['wfapi', 'wfapi/describe'].map((path) =>
      get(path, async (call, { item, run }) => json(await stages.describeRun(call, item, run))),
    ),
    get('wfapi/artifacts', async (call, { item, run }) =>
      json(await stages.describeArtifacts(call, item, run)),
    ),
    get('wfapi/pendingInputActions', async (call, { item, run }) =>
      json(await stages.pendingInputs(call, item, run)),
    ),
    get('wfapi/nextPendingInputAction', async (call, { item, run }) =>
      json((await stages.pendingInputs(call, item, run))[0] ?? null),
    ),
    get('execution/node/:id/wfapi/describe', async (call, { item, run, params }) => {
      const node = await stages.describeNode(call, item, run, params['id']!)
      if (!node) throw notFound(`node ${params['id']}`)
      return json(node)
    }),
    get('execution/node/:id/wfapi/log', (call, { item, run, params }) =>
      builds.nodeLog(call, item, run, params['id']!),
    ),
  ],
}
