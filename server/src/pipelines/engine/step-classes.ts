// Jenkins names the class of a step where it speaks of its parameters, and takes that name in a call.

export const STEPS = 'org.jenkinsci.plugins.workflow.steps.'
const UTILITY = 'org.jenkinsci.plugins.pipeline.utility.steps.'
const SUPPORT = 'org.jenkinsci.plugins.workflow.support.steps.'

const CLASSES: Record<string, string> = {
  catchError: `${STEPS}CatchErrorStep`,
  deleteDir: `${STEPS}DeleteDirStep`,
  dir: `${STEPS}PushdStep`,
  echo: `${STEPS}EchoStep`,
  error: `${STEPS}ErrorStep`,
  fileExists: `${STEPS}FileExistsStep`,
  isUnix: `${STEPS}IsUnixStep`,
  mail: `${STEPS}MailStep`,
  pwd: `${STEPS}PwdStep`,
  readFile: `${STEPS}ReadFileStep`,
  retry: `${STEPS}RetryStep`,
  sleep: `${STEPS}SleepStep`,
  timeout: `${STEPS}TimeoutStep`,
  tool: `${STEPS}ToolStep`,
  unstable: `${STEPS}UnstableStep`,
  waitUntil: `${STEPS}WaitForConditionStep`,
  warnError: `${STEPS}WarnErrorStep`,
  withEnv: `${STEPS}EnvStep`,
  writeFile: `${STEPS}WriteFileStep`,
  sh: `${STEPS}durable_task.ShellStep`,
  bat: `${STEPS}durable_task.BatchScriptStep`,
  powershell: `${STEPS}durable_task.PowershellScriptStep`,
  pwsh: `${STEPS}durable_task.PowerShellCoreScriptStep`,
  stash: `${SUPPORT}stash.StashStep`,
  unstash: `${SUPPORT}stash.UnstashStep`,
  node: `${SUPPORT}ExecutorStep`,
  stage: `${SUPPORT}StageStep`,
  ws: `${SUPPORT}WorkspaceStep`,
  build: `${SUPPORT}build.BuildTriggerStep`,
  input: `${SUPPORT}input.InputStep`,
  withCredentials: 'org.jenkinsci.plugins.credentialsbinding.impl.BindingStep',
  milestone: 'org.jenkinsci.plugins.pipeline.milestone.MilestoneStep',
  git: 'jenkins.plugins.git.GitStep',
  junit: 'hudson.tasks.junit.pipeline.JUnitResultsStep',
  archiveArtifacts: 'hudson.tasks.ArtifactArchiver',
  fingerprint: 'hudson.tasks.Fingerprinter',
  compareVersions: `${UTILITY}CompareVersionsStep`,
  findFiles: `${UTILITY}fs.FindFilesStep`,
  md5: `${UTILITY}fs.FileMd5Step`,
  nodesByLabel: `${UTILITY}jenkins.NodesByLabelStep`,
  prependToFile: `${UTILITY}fs.PrependToFileStep`,
  sha1: `${UTILITY}fs.FileSha1Step`,
  sha256: `${UTILITY}fs.FileSha256Step`,
  tee: `${UTILITY}fs.TeeStep`,
  touch: `${UTILITY}fs.TouchStep`,
  unzip: `${UTILITY}zip.UnZipStep`,
  verifyMd5: `${UTILITY}fs.FileVerifyMd5Step`,
  verifySha1: `${UTILITY}fs.FileVerifySha1Step`,
  verifySha256: `${UTILITY}fs.FileVerifySha256Step`,
  writeMavenPom: `${UTILITY}maven.WriteMavenPomStep`,
  zip: `${UTILITY}zip.ZipStep`,
  readMavenPom: `${UTILITY}maven.ReadMavenPomStep`,
  readJSON: `${UTILITY}json.ReadJSONStep`,
  writeJSON: `${UTILITY}json.WriteJSONStep`,
  readYaml: `${UTILITY}conf.ReadYamlStep`,
  writeYaml: `${UTILITY}conf.WriteYamlStep`,
  readProperties: `${UTILITY}conf.ReadPropertiesStep`,
  readCSV: `${UTILITY}csv.ReadCSVStep`,
  writeCSV: `${UTILITY}csv.WriteCSVStep`,
  readManifest: `${UTILITY}conf.mf.ReadManifestStep`,
  tar: `${UTILITY}tar.TarStep`,
  untar: `${UTILITY}tar.UnTarStep`,
  httpRequest: 'jenkins.plugins.http_request.HttpRequestStep',
  cleanWs: 'hudson.plugins.ws_cleanup.WsCleanup',
  waitForBuild: `${SUPPORT}build.WaitForBuildStep`,
}

const byClass = new Map(Object.entries(CLASSES).map(([name, type]) => [type, name]))

/** The step's own name, of a call by its class. */
export const stepNamed = (name: string): string => byClass.get(name) ?? name

/** The class Jenkins names; none of a step that is only here, or whose parameters are not known. */
export const classOfStep = (step: string): string | undefined =>
  Object.hasOwn(CLASSES, step) ? CLASSES[step] : undefined
