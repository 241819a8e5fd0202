import { NODE_NAME, type NodeView } from '../engine/index.ts'
import { jobById } from '../store-jobs.ts'
import { runById } from '../store-runs.ts'
import { type Bean, inline, type Value } from './bean.ts'
import { buildMention } from './build-bean.ts'
import { type Shower, tablesOf } from './context.ts'
import { isJob } from './model.ts'

/** What Jenkins' pages and clients call this machine. */
const BUILT_IN_NAMES = ['(built-in)', '(master)', NODE_NAME, 'master']

/** A node by the name that stands in an address. */
export function nodeNamed({ parts }: Shower, name: string): NodeView | undefined {
  const wanted = BUILT_IN_NAMES.includes(name) ? NODE_NAME : name
  return parts.nodes.all().find((node) => node.name === wanted)
}

export function computersBean(shower: Shower): Bean {
  const nodes = shower.parts.nodes.all()
  return {
    class: 'hudson.model.ComputerSet',
    basic: {
      busyExecutors: sum(nodes.map(({ uses }) => uses.length)),
      computer: nodes.map((node) => computerBean(shower, node)),
      displayName: 'Nodes',
      totalExecutors: sum(nodes.filter((node) => node.isConnected).map((node) => node.executors)),
    },
  }
}

const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0)

export function computerBean(shower: Shower, node: NodeView): Bean {
  const { name, labels, uses } = node
  const isOwn = name === NODE_NAME
  const names = isOwn ? labels : [...labels, name]
  const icon = node.isOnline ? 'symbol-computer' : 'symbol-computer-offline'
  return inline(
    {
      actions: [],
      assignedLabels: names.map((label) => inline({ name: label })),
      description: isOwn ? "the Jenkins controller's built-in node" : '',
      displayName: isOwn ? 'Built-In Node' : name,
      executors: () => executors(shower, node),
      icon,
      iconClassName: icon,
      idle: uses.length === 0,
      jnlpAgent: !isOwn,
      launchSupported: isOwn,
      loadStatistics: inline({}, 'hudson.model.Label$1'),
      manualLaunchAllowed: true,
      monitorData: inline({}),
      numExecutors: node.executors,
      ...offlineMembers(shower, node),
      oneOffExecutors: [],
      temporarilyOffline: node.pause !== undefined,
      ...(!isOwn && { absoluteRemotePath: node.folder }),
    },
    isOwn ? 'hudson.model.Hudson$MasterComputer' : 'hudson.slaves.SlaveComputer',
  )
}

function offlineMembers({ parts }: Shower, { name, isOnline, pause }: NodeView) {
  if (pause) {
    const offlineCause = inline({}, 'hudson.slaves.OfflineCause$UserCause')
    return { offline: true, offlineCause, offlineCauseReason: pause.reason }
  }
  if (isOnline) return { offline: false, offlineCause: null, offlineCauseReason: '' }
  const why = parts.agents.lostBecause(name) ?? ''
  const offlineCause = inline({}, 'hudson.slaves.OfflineCause$ChannelTermination')
  return { offline: true, offlineCause, offlineCauseReason: `Connection was broken: ${why}` }
}

async function executors(shower: Shower, node: NodeView): Promise<Value> {
  const beans: Bean[] = []
  for (let number = 0; number < node.executors; number++) {
    const use = node.uses.find(({ executor }) => executor === number)
    const executable = use?.run === undefined ? undefined : await buildOf(shower, use.run)
    beans.push(
      inline({
        currentExecutable: executable ? inline(executable.basic, executable.class) : null,
        idle: use === undefined,
        likelyStuck: false,
        number,
        progress: -1,
      }),
    )
  }
  return beans
}

/** A build that whoever asks may see; others are busy executors without a name. */
async function buildOf(shower: Shower, id: string): Promise<Bean | undefined> {
  const run = await runById(tablesOf(shower), id)
  const job = run && (await jobById(tablesOf(shower), run.job_id))
  const item = job && (await shower.items.ofJob(job))
  const role = run && (await shower.parts.identity.roleIn(shower.items.actor, run.project))
  return item && isJob(item) && role ? buildMention(shower, item, run) : undefined
}

export function labelBean({ parts }: Shower, name: string): Bean {
  const fitting = parts.nodes.all().filter((node) => [...node.labels, node.name].includes(name))
  const online = fitting.filter(({ isOnline }) => isOnline)
  const total = sum(online.map(({ executors: count }) => count))
  const busy = sum(online.map(({ uses }) => uses.length))
  return inline(
    {
      actions: [],
      busyExecutors: busy,
      clouds: [],
      description: null,
      idleExecutors: total - busy,
      loadStatistics: inline({}, 'hudson.model.Label$1'),
      name,
      nodes: fitting.map((node) =>
        node.name === NODE_NAME
          ? inline({ nodeName: '' }, 'hudson.model.Hudson')
          : inline({ nodeName: node.name }, 'hudson.slaves.DumbSlave'),
      ),
      offline: online.length === 0,
      tiedJobs: [],
      totalExecutors: total,
      propertiesList: [],
    },
    'hudson.model.labels.LabelAtom',
  )
}

/** What the executors do now; nobody keeps what they did before. */
export function loadBean({ parts }: Shower): Bean {
  const online = parts.nodes.all().filter(({ isOnline }) => isOnline)
  const defined = sum(parts.nodes.all().map(({ executors: count }) => count))
  const total = sum(online.map(({ executors: count }) => count))
  const busy = sum(online.map(({ uses }) => uses.length))
  const waiting = parts.nodes.waiting().length
  const members = {
    availableExecutors: total - busy,
    busyExecutors: busy,
    connectingExecutors: 0,
    definedExecutors: defined,
    idleExecutors: total - busy,
    onlineExecutors: total,
    queueLength: waiting,
    totalExecutors: total,
    totalQueueLength: waiting,
  }
  const series = Object.entries(members).map(([name, value]): [string, Bean] => [name, now(value)])
  return {
    class: 'hudson.model.OverallLoadStatistics',
    basic: {},
    full: Object.fromEntries(series),
  }
}

function now(value: number): Bean {
  const point = { history: [value], latest: value }
  const spans = ['hour', 'min', 'sec10'].map((span): [string, Bean] => [span, inline(point)])
  return { basic: {}, full: Object.fromEntries(spans) }
}
