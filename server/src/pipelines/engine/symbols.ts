import { SYMBOL } from '../described.ts'
import { issueTools } from '../reports/index.ts'
import { GroovyMap, type Value } from '../groovy/index.ts'
import type { Ask } from './ask.ts'
import type { Scope } from './scope.ts'
import { plain } from './values.ts'

export { SYMBOL }

/** Things that are described by a call and handed to a step, with the name of a lone argument. */
const symbols: Record<string, string> = {
  string: 'value',
  text: 'value',
  file: 'value',
  booleanParam: 'name',
  choice: 'choices',
  password: 'name',
  usernamePassword: 'credentialsId',
  usernameColonPassword: 'credentialsId',
  gitUsernamePassword: 'credentialsId',
  sshUserPrivateKey: 'credentialsId',
  aws: 'credentialsId',
  logRotator: 'numToKeepStr',
  buildDiscarder: 'strategy',
  disableConcurrentBuilds: 'abortPrevious',
  parameters: 'parameterDefinitions',
  pipelineTriggers: 'triggers',
  cron: 'spec',
  pollSCM: 'spec',
  upstream: 'upstreamProjects',
  githubPush: 'spec',
  quietPeriod: 'quietPeriod',
  preserveStashes: 'buildCount',
  disableResume: 'value',
  durabilityHint: 'hint',
  credentials: 'name',
  run: 'name',
  lib: 'name',
  nonresumable: 'value',
  agent: 'value',
  kubernetesAgent: 'value',
  copyArtifactPermission: 'projectNames',
  githubProjectProperty: 'projectUrlStr',
  lastSuccessful: 'stable',
  specific: 'buildNumber',
  upstreamBuild: 'value',
  workspace: 'value',
  publishers: 'value',
  certificate: 'credentialsId',
  zip: 'credentialsId',
  developers: 'value',
  culprits: 'value',
  requestor: 'value',
  contributor: 'value',
  buildUser: 'value',
  brokenBuildSuspects: 'value',
  brokenTestsSuspects: 'value',
  previous: 'value',
  recipients: 'value',
  upstreamDevelopers: 'value',
  scmGit: 'branches',
  cleanBeforeCheckout: 'deleteUntrackedNestedRepositories',
  cleanAfterCheckout: 'deleteUntrackedNestedRepositories',
  cloneOption: 'shallow',
  checkoutOption: 'timeout',
  localBranch: 'localBranch',
  submodule: 'disableSubmodules',
  pruneStaleBranch: 'value',
  arbitraryFileCache: 'path',
  jacocoAdapter: 'path',
  coberturaAdapter: 'path',
  istanbulCoberturaAdapter: 'path',
  includeFile: 'pattern',
  excludeFile: 'pattern',
  includeType: 'pattern',
  excludeType: 'pattern',
  includeCategory: 'pattern',
  excludeCategory: 'pattern',
  includeMessage: 'pattern',
  excludeMessage: 'pattern',
  ...Object.fromEntries(Object.keys(issueTools).map((name) => [name, 'pattern'])),
}

export const symbolNames = Object.keys(symbols)

/** The description as a map; undefined when the name describes nothing. */
export async function describable(scope: Scope, ask: Ask): Promise<GroovyMap | undefined> {
  if (!Object.hasOwn(symbols, ask.name)) return undefined
  const map = new GroovyMap([[SYMBOL, ask.name]])
  const put = async (name: Value, value: Value) =>
    void map.set(name, await plain(scope.session.interpreter, value, scope))
  if (ask.positional.length > 0) await put(symbols[ask.name]!, ask.positional[0]!)
  for (const [name, value] of ask.named) await put(name, value)
  return map
}
