import { steps } from '../steps/index.ts'
import { type Bean, inline } from './bean.ts'
import { loadBean } from './computer-bean.ts'
import { type Shower } from './context.ts'
import { VERSION } from './parts.ts'
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
      overallLoad: () => loadBean(shower),
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
