import type { Step } from '../engine/index.ts'
import { archive, archiveArtifacts, fingerprint } from './archive.ts'
import * as aws from './aws.ts'
import * as blocks from './blocks.ts'
import { cache } from './cache.ts'
import { withDockerContainer } from './containers.ts'
import { copyArtifacts, publishHTML, unarchive } from './copies.ts'
import { buildImage, dockerAnswers, tagImage } from './docker-build.ts'
import { withDockerRegistry, withDockerServer } from './docker-endpoints.ts'
import { build, waitForBuild } from './downstream.ts'
import { readCSV, writeCSV } from './csv.ts'
import * as facts from './file-facts.ts'
import * as hashes from './hashes.ts'
import { readManifest } from './manifest.ts'
import { compareVersions } from './versions.ts'
import { httpRequest } from './http.ts'
import { slackSend } from './slack.ts'
import { lock } from './lock.ts'
import { emailext, mail, mailResult } from './mail.ts'
import { metaStep } from './meta.ts'
import { milestone } from './milestone.ts'
import { cleanWs } from './workspace-cleanup.ts'
import { bat, powershell, pwsh } from './windows.ts'
import * as wrappers from './wrappers.ts'
import { checkout, gitStep } from './checkout.ts'
import { cfnDelete, cfnDescribe, cfnUpdate } from './cloudformation.ts'
import { withCredentials } from './credentials.ts'
import * as files from './files.ts'
import { input } from './input.ts'
import { junit } from './junit.ts'
import { library, libraryResource, load } from './library.ts'
import { node } from './node.ts'
import { parallel } from './parallel.ts'
import { properties } from './properties.ts'
import { sh } from './shell.ts'
import * as structured from './structured.ts'
import { stash, unstash } from './stash.ts'
import * as text from './text.ts'
import { timeout } from './timeout.ts'
import { tool } from './tool.ts'
import { untar, unzip } from './decompress.ts'
import { tar, zip } from './compress.ts'
import { sshagent } from './ssh-agent.ts'
import { readTrusted } from './read-trusted.ts'
import { readMavenPom, writeMavenPom } from './maven-pom.ts'
import { tee } from './tee.ts'
import { cobertura, jacoco, publishCoverage, recordCoverage } from './coverage.ts'
import { recordIssues } from './issues.ts'

export { listFiles } from './git-command.ts'
export { bindEnvironment, type Bound, forget, maskingLine } from './bindings.ts'
export { removeContainer } from './docker-program.ts'
export { commitsOf, examinedCommits } from './changes.ts'
export { runBranches } from './parallel.ts'
export { toolVariables } from './tool.ts'

/** Every step there is, by the name a Jenkinsfile calls it. */
export const steps: ReadonlyMap<string, Step> = new Map<string, Step>(
  Object.entries({
    sh,
    bat,
    powershell,
    pwsh,
    echo: text.echo,
    error: text.error,
    unstable: text.unstable,
    isUnix: text.isUnix,
    pwd: text.pwd,
    sleep: text.sleep,
    node,
    stage: blocks.stage,
    script: blocks.script,
    parallel,
    dir: blocks.dir,
    ws: blocks.ws,
    withEnv: blocks.withEnv,
    withCredentials,
    timestamps: blocks.timestamps,
    timeout,
    retry: blocks.retry,
    catchError: blocks.catchError,
    warnError: blocks.warnError,
    checkout,
    git: gitStep,
    stash,
    unstash,
    cache,
    archive,
    archiveArtifacts,
    fingerprint,
    junit,
    readFile: files.readFile,
    readTrusted,
    writeFile: files.writeFile,
    fileExists: files.fileExists,
    findFiles: facts.findFiles,
    deleteDir: files.deleteDir,
    cleanWs,
    readJSON: structured.readJSON,
    writeJSON: structured.writeJSON,
    readYaml: structured.readYaml,
    writeYaml: structured.writeYaml,
    readProperties: structured.readProperties,
    touch: facts.touch,
    prependToFile: facts.prependToFile,
    md5: hashes.md5,
    sha1: hashes.sha1,
    sha256: hashes.sha256,
    verifyMd5: hashes.verifyMd5,
    verifySha1: hashes.verifySha1,
    verifySha256: hashes.verifySha256,
    readManifest,
    readCSV,
    writeCSV,
    compareVersions,
    validateDeclarativePipeline: facts.validateDeclarativePipeline,
    build,
    waitForBuild,
    lock,
    milestone,
    mail,
    'mail the result': mailResult,
    emailext,
    httpRequest,
    slackSend,
    copyArtifacts,
    unarchive,
    publishHTML,
    step: metaStep,
    ansiColor: wrappers.ansiColor,
    wrap: wrappers.wrap,
    waitUntil: wrappers.waitUntil,
    nodejs: wrappers.nodejs,
    withMaven: wrappers.withMaven,
    withGradle: wrappers.withGradle,
    withDockerContainer,
    withDockerRegistry,
    withDockerServer,
    'docker answers': dockerAnswers,
    'docker build': buildImage,
    'docker tag': tagImage,
    nodesByLabel: wrappers.nodesByLabel,
    tool,
    library,
    libraryResource,
    load,
    zip,
    unzip,
    tar,
    untar,
    tee,
    recordIssues,
    recordCoverage,
    publishCoverage,
    jacoco,
    cobertura,
    sshagent,
    readMavenPom,
    writeMavenPom,
    input,
    properties,
    withAWS: aws.withAWS,
    awsIdentity: aws.awsIdentity,
    s3Upload: aws.s3Upload,
    s3Download: aws.s3Download,
    invokeLambda: aws.invokeLambda,
    cfnUpdate,
    cfnDelete,
    cfnDescribe,
    cfnOutputs: cfnDescribe,
  }),
)
