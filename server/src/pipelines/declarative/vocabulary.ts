import type { PostCondition } from './model.ts'

/** The Java type of a parameter, as far as the validator's messages tell types apart. */
export type ParameterType =
  | 'string'
  | 'int'
  | 'integer'
  | 'long'
  | 'boolean'
  | 'unit'
  | 'list'
  | 'any'

export interface ParameterModel {
  name: string
  type: ParameterType
  required: boolean
}

/** What a step, option, trigger, parameter, condition or agent takes. */
export interface SymbolModel {
  parameters: ParameterModel[]
  /** Steps that run a body. */
  block: boolean
}

/**
 * The names a Jenkins installation knows. `*Listed` are what its messages list as valid; more may
 * be accepted (names other plugins bring that the runtime then handles or refuses by name).
 */
export interface Vocabulary {
  steps: ReadonlyMap<string, SymbolModel>
  functions: ReadonlyMap<string, SymbolModel>
  conditions: ReadonlyMap<string, SymbolModel & { children: number }>
  agents: ReadonlyMap<string, SymbolModel>
  agentsListed: readonly string[]
  options: ReadonlySet<string>
  optionsListed: readonly string[]
  stageOptions: ReadonlySet<string>
  stageOptionsListed: readonly string[]
  triggers: ReadonlySet<string>
  triggersListed: readonly string[]
  parameters: ReadonlySet<string>
  parametersListed: readonly string[]
  tools: ReadonlySet<string>
  toolsListed: readonly string[]
  /** Configured installations by tool type; a type that isn't here is not checked. */
  installations: ReadonlyMap<string, readonly string[]>
}

/** By extension ordinal, which is also the order they run in. */
export const postOrder: readonly PostCondition[] = [
  'always',
  'changed',
  'fixed',
  'regression',
  'aborted',
  'success',
  'unsuccessful',
  'unstable',
  'failure',
  'notBuilt',
  'cleanup',
]

// One symbol a line: name, then its parameters. `!` required, `#` int, `&` Integer, `~` long,
// `?` boolean, `%` a time unit, `@` a list, `*` anything, and plain for text. A leading `{` marks a
// step with a body. What Jenkins sets by the constructor is required, also where null will do
// (`lock`, `node`).
const STEPS = `
sh !script encoding label ?returnStatus ?returnStdout
bat !script encoding label ?returnStatus ?returnStdout
powershell !script encoding label ?returnStatus ?returnStdout
pwsh !script encoding label ?returnStatus ?returnStdout
echo !message
error !message
sleep !~time %unit
stash !name ?allowEmpty excludes includes ?useDefaultExcludes
unstash !name
archiveArtifacts !artifacts ?allowEmptyArchive ?caseSensitive ?defaultExcludes excludes
  ?fingerprint ?followSymlinks ?onlyIfSuccessful
junit !testResults ?allowEmptyResults checksName *healthScaleFactor ?keepLongStdio ?keepProperties
  ?keepTestNames ?skipMarkingBuildUnstable ?skipOldReports ?skipPublishingChecks *stdioRetention
  *testDataPublishers
readFile !file encoding
writeFile !file !text encoding
fileExists !file
unstable !message
input !message cancel id ok *parameters submitter submitterParameter
build !job *parameters ?propagate #quietPeriod ?wait ?waitForStart
waitForBuild !runId ?propagate ?propagateAbort
mail !subject !body bcc cc charset from mimeType replyTo to
git !url branch ?changelog credentialsId ?poll
checkout !*scm ?changelog ?poll
deleteDir
pwd ?tmp
isUnix
milestone !&ordinal label ?unsafe
load !path
tool !name type
libraryResource !resource encoding
fingerprint !targets ?caseSensitive ?defaultExcludes excludes
md5 !file
sha1 !file
sha256 !file
verifyMd5 !file !hash
verifySha1 !file !hash
verifySha256 !file !hash
touch !file ~timestamp
prependToFile !file !content
findFiles excludes glob
compareVersions !v1 !v2 ?failIfEmpty
nodesByLabel !label ?offline
zip !zipFile ?archive ?defaultExcludes dir exclude file glob ?overwrite
unzip !zipFile charset dir file glob ?quiet ?read ?test
writeMavenPom !*model file
readMavenPom file
readJSON file ?returnPojo text
writeJSON file *json #pretty ?returnText
readYaml *codePointLimit file *maxAliasesForCollections text
writeYaml charset *data *datas file ?overwrite ?returnText
readProperties charset *defaults file ?interpolate text
readCSV file *format text
writeCSV file *format *records
readManifest file text
tar ?archive ?compress ?defaultExcludes dir exclude file glob ?overwrite
untar dir file glob ?keepPermissions ?quiet ?test
cleanWs ?cleanWhenAborted ?cleanWhenFailure ?cleanWhenNotBuilt ?cleanWhenSuccess
  ?cleanWhenUnstable ?cleanupMatrixParent ?deleteDirs ?disableDeferredWipeout externalDelete
  ?notFailBuild *patterns ?skipWhenFailed
httpRequest !url *acceptType authentication ?consoleLogResponseBody *contentType *customHeaders
  *formData *httpMode httpProxy ?ignoreSslErrors multipartName outputFile proxyAuthentication
  ?quiet requestBody *responseHandle #timeout uploadFile ?useNtlm ?useSystemProperties
  validResponseCodes validResponseContent ?wrapAsMultipart
emailext !subject !body ?attachLog attachmentsPattern ?compressLog from mimeType postsendScript
  presendScript *recipientProviders replyTo ?saveOutput to
{dir !path
{timeout !#time ?activity %unit
{retry !#count *conditions
{withEnv !@overrides
{withCredentials !@bindings
{catchError *buildResult ?catchInterruptions message *stageResult
{warnError !message ?catchInterruptions
{cache !*caches defaultBranch *maxCacheSize ?skipRestore ?skipSave
{node !label
{lock !resource *extra ?inversePrecedence label #priority #quantity reason resourceSelectStrategy
  ?skipIfLocked variable
{ansiColor !colorMapName
{tee !file
{ws !dir
{timestamps
{waitUntil ~initialRecurrencePeriod ?quiet
`

const FUNCTIONS = `
string !name defaultValue description ?trim
text !name defaultValue description ?trim
booleanParam !name ?defaultValue description
choice !name *choices description
password !name defaultValue description
file !name description
run !name !projectName description filter
credentials !name credentialType defaultValue description ?required
cron !spec
pollSCM !scmpoll_spec ?ignorePostCommitHooks
upstream !upstreamProjects *threshold
githubPush
buildDiscarder !*strategy
logRotator !daysToKeepStr !numToKeepStr !artifactDaysToKeepStr !artifactNumToKeepStr
  ?removeLastBuild
disableConcurrentBuilds ?abortPrevious
disableResume
checkoutToSubdirectory !subdirectory
quietPeriod !#quietPeriod
preserveStashes *buildCount
newContainerPerStage
skipDefaultCheckout !?skipDefaultCheckout
skipStagesAfterUnstable !?skipStagesAfterUnstable
parallelsAlwaysFailFast !?parallelsAlwaysFailFast
disableRestartFromStage
rateLimitBuilds !*throttle
overrideIndexTriggers !*enableTriggers
durabilityHint !*hint
`

const CONDITIONS = `
branch !pattern comparator
tag !pattern comparator
buildingTag
changeRequest author authorDisplayName authorEmail branch comparator fork id target title url
changeset !pattern ?caseSensitive comparator
changelog !pattern ?caseSensitive comparator
environment !name !value ?ignoreCase
equals !*expected !*actual
triggeredBy !cause detail
isRestartedRun
expression
`

const AGENTS = `
any
none
label !label
node !label customWorkspace
docker !image ?alwaysPull args containerPerStageRoot customWorkspace label registryCredentialsId
  registryUrl ?reuseNode
dockerfile additionalBuildArgs args customWorkspace dir filename label registryCredentialsId
  registryUrl ?reuseNode
kubernetes *activeDeadlineSeconds *cloud *containerTemplate *containerTemplates *customWorkspace
  *defaultContainer *idleMinutes *inheritFrom *instanceCap *label *namespace *nodeSelector
  *podRetention *retries *serviceAccount *slaveConnectTimeout *supplementalGroups *workingDir
  *workspaceVolume *yaml *yamlFile *yamlMergeStrategy
`

const MARKS: Record<string, ParameterType> = {
  '#': 'int',
  '&': 'integer',
  '~': 'long',
  '?': 'boolean',
  '%': 'unit',
  '@': 'list',
  '*': 'any',
}

function models(lines: string): Map<string, SymbolModel> {
  const out = new Map<string, SymbolModel>()
  // An indented line goes on with the one before it.
  for (const line of lines.trim().replace(/\n +/g, ' ').split('\n')) {
    const [head, ...rest] = line.split(' ')
    const block = head!.startsWith('{')
    out.set(block ? head!.slice(1) : head!, { block, parameters: rest.map(parameterModel) })
  }
  return out
}

function parameterModel(text: string): ParameterModel {
  const required = text.startsWith('!')
  const marked = required ? text.slice(1) : text
  const type = Object.hasOwn(MARKS, marked[0]!) ? MARKS[marked[0]!]! : 'string'
  return { required, type, name: type === 'string' ? marked : marked.slice(1) }
}

const words = (text: string) => text.split(' ')

const WRAPPERS =
  'catchError retry script timeout waitUntil warnError withContext withCredentials withEnv wrap ws'
const OPTIONS = words(
  'authorizationMatrix buildDiscarder catchError checkoutToSubdirectory disableConcurrentBuilds ' +
    'disableRestartFromStage disableResume durabilityHint newContainerPerStage overrideIndexTriggers ' +
    'parallelsAlwaysFailFast preserveStashes quietPeriod rateLimitBuilds retry script ' +
    'skipDefaultCheckout skipStagesAfterUnstable timeout timestamps waitUntil warnError withContext ' +
    'withCredentials withEnv wrap ws',
)
const STAGE_OPTIONS = words(
  'catchError checkoutToSubdirectory newContainerPerStage retry script skipDefaultCheckout timeout ' +
    'timestamps waitUntil warnError withContext withCredentials withEnv wrap ws',
)
const FOREIGN_WRAPPERS = words('ansiColor lock throttle withAWS withChecks withGradle nodejs')
const FOREIGN_OPTIONS = words(
  'gitLabConnection gitlabBuilds githubProjectProperty copyArtifactPermission throttleJobProperty ' +
    'skipDefaultCheckout office365ConnectorWebhooks buildBlocker',
)
const TRIGGERS = words('cron githubPush pollSCM upstream')
const PARAMETERS = words('booleanParam choice credentials file password run string text')
const TOOLS = words('ant git gradle jdk maven')

const conditionModels = new Map<string, SymbolModel & { children: number }>()
for (const [name, model] of models(CONDITIONS)) conditionModels.set(name, { ...model, children: 0 })
for (const name of ['allOf', 'anyOf']) {
  conditionModels.set(name, { parameters: [], block: true, children: -1 })
}
conditionModels.set('not', { parameters: [], block: true, children: 1 })

export const defaultVocabulary: Vocabulary = {
  steps: models(STEPS),
  functions: models(FUNCTIONS),
  conditions: conditionModels,
  agents: models(AGENTS),
  agentsListed: ['any', 'docker', 'dockerfile', 'label', 'none'],
  options: new Set([...OPTIONS, ...words(WRAPPERS), ...FOREIGN_WRAPPERS, ...FOREIGN_OPTIONS]),
  optionsListed: OPTIONS,
  stageOptions: new Set([...STAGE_OPTIONS, ...FOREIGN_WRAPPERS]),
  stageOptionsListed: STAGE_OPTIONS,
  triggers: new Set([...TRIGGERS, 'GenericTrigger', 'gitlab', 'bitbucketPush']),
  triggersListed: TRIGGERS,
  parameters: new Set([...PARAMETERS, 'gitParameter']),
  parametersListed: PARAMETERS,
  tools: new Set([...TOOLS, 'nodejs', 'go', 'terraform', 'dockerTool', 'sonarQube', 'allure']),
  toolsListed: TOOLS,
  installations: new Map(),
}
