import type { NodeView } from '../engine/index.ts'
import { steps } from '../steps/index.ts'
import { type Bean, inline, type Value } from './bean.ts'
import { buildMention } from './build-bean.ts'
import { type Shower, tablesOf } from './context.ts'
import { isJob } from './model.ts'
import { VERSION } from './parts.ts'
import { jobById } from '../store-jobs.ts'
import { runningRuns } from './store-builds.ts'
import { viewMembers } from './view-bean.ts'

export function rootBean(shower: Shower): Bean {
  const { nodes, runs } = shower.parts
  return {
    class: 'hudson.model.Hudson',
    basic: {
      assignedLabels: nodes.labels.map((name) => inline({ name })),
      mode: 'NORMAL',
      nodeDescription: "the Jenkins controller's built-in node",
      nodeName: '',
      numExecutors: nodes.size,
      description: null,
      ...viewMembers(shower, { kind: 'root', project: '', names: [] }),
      overallLoad: inline({}),
      quietDownReason: null,
      quietingDown: runs.isQuiet,
      slaveAgentPort: -1,
      unlabeledLoad: inline({}, 'hudson.model.UnlabeledLoadStatistics'),
      url: shower.base,
      useCrumbs: true,
      useSecurity: true,
    },
  }
}

export const BUILT_IN_NAMES = ['(built-in)', '(master)', 'built-in', 'master']

export function computersBean(shower: Shower): Bean {
  const { nodes } = shower.parts
  return {
    class: 'hudson.model.ComputerSet',
    basic: {
      busyExecutors: sum(nodes.all().map(({ workspaces }) => workspaces.length)),
      computer: [builtInBean(shower), ...nodes.all().slice(1).map(agentBean)],
      displayName: 'Nodes',
      totalExecutors: sum(nodes.all().map(({ executors }) => executors)),
    },
  }
}

const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0)

/** A machine that joined. What it runs is told by name on the builds' own pages. */
function agentBean({ name, labels, executors, isOnline, workspaces }: NodeView): Bean {
  return inline(
    {
      actions: [],
      assignedLabels: [...labels, name].map((label) => inline({ name: label })),
      description: null,
      displayName: name,
      executors: Array.from({ length: executors }, (_, number) => {
        const bean = executorBean(number, null)
        return inline({ ...bean.basic, idle: number >= workspaces.length }, bean.class)
      }),
      icon: isOnline ? 'symbol-computer' : 'symbol-computer-offline',
      iconClassName: isOnline ? 'symbol-computer' : 'symbol-computer-offline',
      idle: workspaces.length === 0,
      jnlpAgent: true,
      launchSupported: false,
      loadStatistics: inline({}, 'hudson.model.Label$1'),
      manualLaunchAllowed: true,
      monitorData: inline({}),
      numExecutors: executors,
      offline: !isOnline,
      offlineCause: isOnline ? null : inline({}, 'hudson.slaves.OfflineCause$ChannelTermination'),
      offlineCauseReason: '',
      oneOffExecutors: [],
      temporarilyOffline: false,
    },
    'hudson.slaves.SlaveComputer',
  )
}

/** This machine. */
export function builtInBean(shower: Shower): Bean {
  const { nodes } = shower.parts
  return inline(
    {
      actions: [],
      assignedLabels: nodes.labels.map((name) => inline({ name })),
      description: "the Jenkins controller's built-in node",
      displayName: 'Built-In Node',
      executors: () => executors(shower),
      icon: 'symbol-computer',
      iconClassName: 'symbol-computer',
      idle: nodes.busy === 0,
      jnlpAgent: false,
      launchSupported: true,
      loadStatistics: inline({}, 'hudson.model.Label$1'),
      manualLaunchAllowed: true,
      monitorData: inline({}),
      numExecutors: nodes.size,
      offline: false,
      offlineCause: null,
      offlineCauseReason: '',
      oneOffExecutors: [],
      temporarilyOffline: false,
    },
    'hudson.model.Hudson$MasterComputer',
  )
}

/** Builds that whoever asks may see stand on the first executors; the others are busy without a name. */
async function executors(shower: Shower): Promise<Value> {
  const found: Bean[] = []
  for (const run of await runningRuns(tablesOf(shower))) {
    const job = await jobById(tablesOf(shower), run.job_id)
    const item = job && (await shower.items.ofJob(job))
    const mayBeSeen = (await shower.parts.identity.roleIn(shower.items.actor, run.project)) ?? ''
    if (!item || !isJob(item) || mayBeSeen === '') continue
    found.push(buildMention(shower, item, run))
  }
  return Array.from({ length: Math.max(shower.parts.nodes.size, found.length) }, (_, number) =>
    executorBean(number, found[number] ?? null),
  )
}

const executorBean = (number: number, executable: Bean | null): Bean =>
  inline({
    currentExecutable: executable && inline(executable.basic, executable.class),
    idle: executable === null,
    likelyStuck: false,
    number,
    progress: -1,
  })

export function labelBean(shower: Shower, name: string): Bean {
  const { nodes } = shower.parts
  const fits = nodes.labels.includes(name)
  return inline(
    {
      actions: [],
      busyExecutors: fits ? nodes.busy : 0,
      clouds: [],
      description: null,
      idleExecutors: fits ? nodes.size - nodes.busy : 0,
      loadStatistics: inline({}, 'hudson.model.Label$1'),
      name,
      nodes: fits ? [inline({ nodeName: '' }, 'hudson.model.Hudson')] : [],
      offline: !fits,
      tiedJobs: [],
      totalExecutors: fits ? nodes.size : 0,
      propertiesList: [],
    },
    'hudson.model.labels.LabelAtom',
  )
}

/** What Jenkins has by a plugin and this server by itself; a plugin is here when its steps are. */
const plugins: [name: string, title: string, step: string | undefined][] = [
  ['ansicolor', 'AnsiColor', 'ansiColor'],
  ['build-timeout', 'Build Timeout', 'timeout'],
  ['cloudbees-folder', 'Folders Plugin', undefined],
  ['copyartifact', 'Copy Artifact Plugin', 'copyArtifacts'],
  ['credentials', 'Credentials Plugin', undefined],
  ['credentials-binding', 'Credentials Binding Plugin', 'withCredentials'],
  ['email-ext', 'Email Extension Plugin', 'emailext'],
  ['git', 'Git plugin', 'git'],
  ['http_request', 'HTTP Request Plugin', 'httpRequest'],
  ['junit', 'JUnit Plugin', 'junit'],
  ['lockable-resources', 'Lockable Resources plugin', 'lock'],
  ['mailer', 'Mailer Plugin', 'mail'],
  ['pipeline-build-step', 'Pipeline: Build Step', 'build'],
  ['pipeline-input-step', 'Pipeline: Input Step', 'input'],
  ['pipeline-milestone-step', 'Pipeline: Milestone Step', 'milestone'],
  ['pipeline-model-definition', 'Pipeline: Declarative', undefined],
  ['pipeline-rest-api', 'Pipeline: REST API Plugin', undefined],
  ['pipeline-utility-steps', 'Pipeline Utility Steps', 'readJSON'],
  ['timestamper', 'Timestamper', 'timestamps'],
  ['workflow-aggregator', 'Pipeline', undefined],
  ['workflow-basic-steps', 'Pipeline: Basic Steps', 'archiveArtifacts'],
  ['workflow-cps', 'Pipeline: Groovy', undefined],
  ['workflow-durable-task-step', 'Pipeline: Nodes and Processes', 'sh'],
  ['workflow-job', 'Pipeline: Job', undefined],
  ['workflow-multibranch', 'Pipeline: Multibranch', undefined],
]

export function pluginsBean(): Bean {
  const has = (step: string | undefined) => step === undefined || steps.has(step)
  return {
    class: 'hudson.LocalPluginManager',
    basic: {},
    full: { plugins: plugins.filter(([, , step]) => has(step)).map(pluginBean) },
  }
}

function pluginBean([shortName, longName]: (typeof plugins)[number]): Bean {
  return {
    basic: {},
    full: {
      active: true,
      backupVersion: null,
      bundled: true,
      deleted: false,
      dependencies: [],
      detached: false,
      downgradable: false,
      enabled: true,
      hasUpdate: false,
      longName,
      minimumJavaVersion: null,
      pinned: false,
      requiredCoreVersion: VERSION,
      shortName,
      supportsDynamicLoad: 'MAYBE',
      url: null,
      // Built in: there is no version of its own.
      version: VERSION,
    },
  }
}

/** Whoever asks: `id` is what they sign in with. */
export async function personBean({ base, items, parts }: Shower): Promise<Bean> {
  const { id: actor, name: fullName } = items.actor
  const person = await parts.identity.personGet(actor.replace(/^person:/, ''))
  const id = person?.name ?? actor
  return inline(
    {
      absoluteUrl: `${base}user/${encodeURIComponent(id)}`,
      description: null,
      fullName,
      id,
      property: [],
    },
    'hudson.model.User',
  )
}

export async function whoAmIBean({ items, parts }: Shower): Promise<Bean> {
  const { id: actor } = items.actor
  const person = await parts.identity.personGet(actor.replace(/^person:/, ''))
  return inline(
    {
      anonymous: false,
      authenticated: true,
      authorities: ['authenticated'],
      name: person?.name ?? actor,
    },
    'hudson.security.WhoAmI',
  )
}
