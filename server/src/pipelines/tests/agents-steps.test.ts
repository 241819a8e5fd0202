import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { has, hasDocker, makeImage, removeImages } from '../../testing/docker.ts'
import { steps } from '../steps/index.ts'
import { agentIs, endAgents, newToken, startAgent } from './agent-process.ts'
import {
  type Bed,
  call,
  Clone,
  discard,
  logOf,
  runFile,
  runFor,
  startBed,
  temporary,
  until,
} from './bed.ts'

// Every step that needs a node, once, on an agent in a process of its own. Each stands in a folder of
// its own name, and what it has to print follows.

const IMAGE = 'madang-test/agent-busybox:1'
const BUILT = 'madang-test/agent-built:1'
const home = temporary()
const workspace = join(home, 'far/workspaces/GB/app_main')

interface Case {
  script: string
  says: string[]
}

const [MD5, SHA1, SHA256] = ['md5', 'sha1', 'sha256'].map((name) =>
  createHash(name).update('made').digest('hex'),
)
const TEMPLATE = `{"Resources":{"Topic":{"Type":"AWS::SNS::Topic"}},"Outputs":{"Arn":{"Value":{"Ref":"Topic"}}}}`
const JACOCO = `<report name="x"><package name="p"><sourcefile name="A.java"><line nr="1" mi="0" ci="1" mb="0" cb="0"/><counter type="LINE" missed="0" covered="1"/></sourcefile></package></report>`
const COBERTURA = `<coverage><packages><package><classes><class filename="a.js"><lines><line number="1" hits="1"/></lines></class></classes></package></packages></coverage>`
const CHECKSTYLE = `<checkstyle version="8"><file name="A.java"><error line="1" severity="warning" message="long" source="Len"/></file></checkstyle>`

const cases: Record<string, Case> = {
  sh: { script: `sh 'printf "%s\\n" "at $NODE_NAME"'`, says: ['at far'] },
  bat: {
    script: `try { bat 'dir' } catch (e) { echo "bat: \${e.message}" }`,
    says: ['bat: Batch scripts can only be run on Windows nodes'],
  },
  powershell: {
    script: `try { powershell 'ls' } catch (e) { echo "powershell: \${e.class.name}" }`,
    says: ['powershell: java.io.IOException'],
  },
  pwsh: {
    script: `withEnv(['PATH=/nowhere']) { try { pwsh 'ls' } catch (e) { echo "pwsh: \${e.class.name}" } }`,
    says: ['pwsh: java.io.IOException'],
  },
  isUnix: { script: `echo "unix \${isUnix()}"`, says: ['unix true'] },
  pwd: {
    script: `echo "in \${pwd()} \${pwd(tmp: true)}"`,
    says: [`in ${workspace}/pwd ${workspace}@tmp`],
  },
  dir: { script: `dir('in') { sh 'pwd' }`, says: [`${workspace}/dir/in`] },
  ws: { script: `ws('${workspace}/other') { sh 'pwd' }`, says: [`${workspace}/other`] },
  writeFile: {
    script: `writeFile file: 'a/b.txt', text: '안녕'; sh 'cat a/b.txt'`,
    says: ['안녕'],
  },
  readFile: {
    script: `sh 'echo made > m'; echo "read \${readFile('m').trim()}"`,
    says: ['read made'],
  },
  fileExists: {
    script: `sh 'touch m'; echo "\${fileExists('m')} \${fileExists('n')}"`,
    says: ['true false'],
  },
  findFiles: {
    script: `sh 'mkdir d; touch d/x d/y e'; echo findFiles(glob: 'd/*').join(' ') + " \${findFiles()}"`,
    says: ['d/x d/y [d/, e]'],
  },
  deleteDir: {
    script: `dir('gone') { sh 'touch x'; deleteDir() }; sh 'ls -A | wc -l'`,
    says: ['0'],
  },
  cleanWs: { script: `cleanWs(); sh 'ls -A ..| wc -l'`, says: ['[WS-CLEANUP] done'] },
  readJSON: {
    script: `sh 'echo "{\\\\"a\\\\": 7}" > f'; echo "a=\${readJSON(file: 'f').a}"`,
    says: ['a=7'],
  },
  writeJSON: { script: `writeJSON file: 'f', json: [a: 7]; sh 'cat f'`, says: ['{"a":7}'] },
  readYaml: { script: `sh 'echo "a: 7" > f'; echo "a=\${readYaml(file: 'f').a}"`, says: ['a=7'] },
  writeYaml: { script: `writeYaml file: 'f', data: [a: 7]; sh 'cat f'`, says: ['a: 7'] },
  readProperties: {
    script: `sh 'echo a=7 > f'; echo "a=\${readProperties(file: 'f').a}"`,
    says: ['a=7'],
  },
  readManifest: {
    script: `sh 'printf "A: 7\\\\n" > f'; echo "a=\${readManifest(file: 'f').main['A']}"`,
    says: ['a=7'],
  },
  readCSV: { script: `sh 'echo 1,2 > f'; echo "b=\${readCSV(file: 'f')[0][1]}"`, says: ['b=2'] },
  writeCSV: { script: `writeCSV file: 'f', records: [['x', 'y']]; sh 'cat f'`, says: ['x,y'] },
  touch: { script: `touch file: 'f', timestamp: 86400000; sh 'stat -c %Y f'`, says: ['86400'] },
  md5: { script: `sh 'printf made > f'; echo md5('f')`, says: [MD5!] },
  verifyMd5: {
    script: `sh 'printf made > f'; verifyMd5 file: 'f', hash: '${MD5}'; echo 'same'`,
    says: ['same'],
  },
  sha1: {
    script: `sh 'printf made > f'; echo sha1('f')`,
    says: [SHA1!],
  },
  sha256: { script: `sh 'printf made > f'; echo sha256('f')`, says: [SHA256!] },
  verifySha1: {
    script: `sh 'printf made > f'; verifySha1 file: 'f', hash: '${SHA1}'; echo 'same'`,
    says: ['same'],
  },
  verifySha256: {
    script: `sh 'printf made > f'; verifySha256 file: 'f', hash: '${SHA256}'; echo 'same'`,
    says: ['same'],
  },
  prependToFile: {
    script: `sh 'printf b > f'; prependToFile file: 'f', content: 'a'; sh 'wc -c < f'; echo readFile('f')`,
    says: ['ab'],
  },
  validateDeclarativePipeline: {
    script: `writeFile file: 'J', text: 'pipeline { agent any; stages { stage("a") { steps { echo "x" } } } }'
      echo "valid \${validateDeclarativePipeline('J')}"`,
    says: ['valid true'],
  },
  readMavenPom: {
    script: `writeFile file: 'pom.xml', text: '<project><artifactId>app</artifactId></project>'
      echo "pom \${readMavenPom().artifactId}"`,
    says: ['pom app'],
  },
  writeMavenPom: {
    script: `writeFile file: 'pom.xml', text: '<project><artifactId>app</artifactId></project>'
      def pom = readMavenPom(); pom.version = '7'; writeMavenPom model: pom; sh 'cat pom.xml'`,
    says: ['<project><artifactId>app</artifactId><version>7</version></project>'],
  },
  checkout: { script: `checkout scm; sh 'cat given.txt'`, says: ['from the repository'] },
  git: {
    script: `sh 'git init -q -b main there; cd there; echo own > f; git add f; git -c user.name=a -c user.email=a@b commit -qm x'
      dir('clone') { git url: pwd() + '/../there', branch: 'main'; sh 'cat f' }`,
    says: ['own'],
  },
  stash: { script: `sh 'echo kept > f; chmod 750 f'; stash 'mine'`, says: ['Stashed 1 file(s)'] },
  unstash: { script: `unstash 'mine'; sh 'cat f; stat -c %a f'`, says: ['kept', '750'] },
  cache: {
    script: `2.times { n ->
      cache(caches: [arbitraryFileCache(path: 'deps')]) { sh "cat deps/* || true; mkdir -p deps; echo cached $n > deps/f" }
      sh 'rm -r deps'
    }
    cache(caches: [arbitraryFileCache(path: 'deps', includes: 'f')]) { sh 'cat deps/f' }`,
    says: ['cached 0', 'cached 1', expect.stringMatching(/Cache created in/)],
  },
  zip: {
    script: `sh 'mkdir in; echo zipped > in/f'; zip zipFile: 'a.zip', dir: 'in'; stash name: 'zip', includes: 'a.zip'
      sh 'wc -c < a.zip | grep -c .'`,
    says: ['Compressed 1 entries.', '1'],
  },
  unzip: {
    script: `unstash 'zip'; unzip zipFile: 'a.zip', dir: 'out'; sh 'cat out/f'`,
    says: ['zipped'],
  },
  tar: {
    script: `sh 'mkdir in; echo tarred > in/f; chmod 700 in/f; head -c 3000000 /dev/zero > in/g'; tar file: 'a.tgz', dir: 'in'
      sh 'tar -tzf a.tgz'; stash name: 'tar', includes: 'a.tgz'`,
    says: ['f', 'g'],
  },
  untar: {
    script: `unstash 'tar'; untar file: 'a.tgz', dir: 'out'; sh 'cat out/f; stat -c "%a %s" out/*'`,
    says: ['tarred', '700 7', '644 3000000'],
  },
  tee: {
    script: `sh 'echo before > f'; tee('f') { echo 'copied' }; sh 'tr "\\\\n" "+" < f'`,
    says: ['before+copied+'],
  },
  junit: {
    script: `writeFile file: 'r.xml', text: '<testsuite><testcase name="a"/></testsuite>'
      echo "tests \${junit('r.xml').totalCount}"`,
    says: ['tests 1'],
  },
  archive: {
    script: `archive 'lost.txt'`,
    says: ['No files found to archive for pattern "lost.txt"; continuing.'],
  },
  archiveArtifacts: {
    script: `sh 'echo kept > a.txt'; archiveArtifacts 'a.txt'`,
    says: ['Archiving artifacts'],
  },
  unarchive: { script: `unarchive mapping: ['a.txt': 'b.txt']; sh 'cat b.txt'`, says: ['kept'] },
  copyArtifacts: {
    script: `copyArtifacts projectName: 'app/other', filter: '*', target: 'in'; sh 'cat in/theirs.txt'`,
    says: ['of another job'],
  },
  fingerprint: {
    script: `writeFile file: 'f.txt', text: 'f'; fingerprint 'f.txt'`,
    says: ['Recording fingerprints'],
  },
  publishHTML: {
    script: `sh 'mkdir site; echo "<p>" > site/index.html'
      publishHTML(target: [keepAll: true, reportDir: 'site', reportFiles: 'index.html', reportName: 'Site'])`,
    says: [`[htmlpublisher] Archiving at BUILD level ${workspace}/publishHTML/site to Site`],
  },
  recordIssues: {
    script: `writeFile file: 'c.xml', text: '${CHECKSTYLE}'
      recordIssues tools: [checkStyle(pattern: 'c.xml')]`,
    says: [expect.stringMatching(/-> found 1 issue \(skipped 0 duplicates\)/)],
  },
  recordCoverage: {
    script: `writeFile file: 'j.xml', text: '${JACOCO}'
      recordCoverage tools: [[parser: 'JACOCO', pattern: 'j.xml']]`,
    says: [`[Coverage] Successfully processed file 'j.xml'`],
  },
  publishCoverage: {
    script: `writeFile file: 'j.xml', text: '${JACOCO}'; publishCoverage adapters: [jacocoAdapter('j.xml')]`,
    says: [`[Coverage] Successfully processed file 'j.xml'`],
  },
  jacoco: {
    script: `writeFile file: 'target/site/jacoco/jacoco.xml', text: '${JACOCO}'; jacoco()`,
    says: [expect.stringMatching(/\[JaCoCo plugin\] Successfully processed/)],
  },
  cobertura: {
    script: `writeFile file: 'c.xml', text: '${COBERTURA}'; cobertura coberturaReportFile: 'c.xml'`,
    says: [`[Cobertura] Successfully processed file 'c.xml'`],
  },
  load: {
    script: `writeFile file: 'l.groovy', text: 'def hi() { "loaded" }; return this'; echo load('l.groovy').hi()`,
    says: ['loaded'],
  },
  tool: {
    script: `echo "node in \${tool(name: 'any', type: 'nodejs')}"`,
    says: [expect.stringMatching(/^node in \/./)],
  },
  nodejs: { script: `nodejs('any') { sh 'node -e "console.log(6 * 7)"' }`, says: ['42'] },
  withGradle: { script: `withGradle { sh 'echo gradled' }`, says: ['gradled'] },
  sshagent: {
    script: `sshagent(['deploy']) { sh 'ssh-add -l | cut -d" " -f4' }`,
    says: ['[ssh-agent] Started.', '(ED25519)', '[ssh-agent] Stopped.'],
  },
  httpRequest: {
    script: `httpRequest url: SITE, outputFile: 'got'; sh 'cat got'`,
    says: ['from the site'],
  },
  emailext: {
    script: `sh 'echo x > r.txt'; emailext to: 'a@b', subject: 's', body: 'b', attachmentsPattern: '*.txt'`,
    says: ['Sending email to: a@b'],
  },
  s3Upload: {
    script: `sh 'mkdir d; echo uploaded > d/f; head -c 2000000 /dev/zero > d/g'; sh 'aws --version || true'
      s3Upload bucket: 'far-bucket', file: 'd', path: 'in/'`,
    says: ['Upload complete'],
  },
  s3Download: {
    script: `s3Download bucket: 'far-bucket', file: 'got/', path: 'in/'; sh 'cat got/f; stat -c %s got/g'`,
    says: ['uploaded', '2000000'],
  },
  cfnUpdate: {
    script: `writeFile file: 't.json', text: '${TEMPLATE}'; echo "stack \${cfnUpdate(stack: 'far', file: 't.json').Arn}"; cfnDelete stack: 'far'`,
    says: [expect.stringMatching(/^stack arn:aws:sns:/)],
  },
  withCredentials: {
    script: `withCredentials([file(credentialsId: 'secret', variable: 'F')]) { sh 'wc -c < "$F"; stat -c %a "$F"' }`,
    says: ['6', '600'],
  },
}

/** Those that need an engine; the node of a container is the agent, and so is its engine. */
const contained: Record<string, Case> = {
  withDockerContainer: {
    script: `docker.image('${IMAGE}').inside('-e FROM_ARGS=yes') {
        sh 'test ! -e /usr && echo "in $FROM_ARGS $NODE_NAME"; echo made > made.txt'
        echo "out \${sh(script: 'echo quiet', returnStdout: true).trim()}"
        echo "status \${sh(script: 'exit 3', returnStatus: true)}"
      }
      sh 'cat made.txt'
      docker.image('${IMAGE}').withRun('--label madang.test=agent', 'sleep 100') { c ->
        sh "docker inspect -f '{{.State.Running}}' \${c.id}"
      }`,
    says: ['in yes far', 'out quiet', 'status 3', 'made', 'true'],
  },
  withDockerRegistry: {
    script: `docker.withRegistry('http://127.0.0.1:9', '') { sh 'echo "at $DOCKER_REGISTRY_URL"' }`,
    says: ['at http://127.0.0.1:9'],
  },
  withDockerServer: {
    script: `docker.withServer('tcp://127.0.0.1:9') { sh 'echo "at $DOCKER_HOST"' }`,
    says: ['at tcp://127.0.0.1:9'],
  },
  // An agent builds with its own engine; the server's builder is for nodes without one.
  'docker build': {
    script: `writeFile file: 'Dockerfile', text: 'FROM ${IMAGE}\\nENV BUILT=there\\n'
      def made = docker.build('${BUILT}'); made.inside { sh 'echo "built $BUILT"' }`,
    says: ['built there'],
  },
}

const hasMaven = has('mvn')
const maven: Record<string, Case> = {
  withMaven: {
    script: `withMaven(maven: 'any') { sh 'mvn -v | head -1' }`,
    says: [expect.stringMatching(/Apache Maven/)],
  },
}

const wanted = { ...cases, ...(hasDocker && contained), ...(hasMaven && maven) }

let bed: Bed
let clone: Clone
let site: Server
let log = ''

beforeAll(async () => {
  if (hasDocker) makeImage(IMAGE, 'sh cat echo sleep kill touch ls true'.split(' '))
  site = createServer((_request, reply) => void reply.end('from the site'))
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  bed = await startBed(join(home, 'data'), { hasCloud: true })
  clone = new Clone(bed.origin)
  const { token } = await newToken(bed.origin)
  startAgent(bed.origin, token, { home })
  await agentIs(bed.origin, 'online')
  const key = { kind: 'sshKey', username: 'me', privateKey: newKey() }
  await call(bed.origin, '/credentials', { id: 'deploy', description: '', ...key })
  const secret = { kind: 'file', fileName: 'f.txt', contentBase64: btoa('secret') }
  await call(bed.origin, '/credentials', { id: 'secret', description: '', ...secret })
  await runFile(
    clone,
    bed.origin,
    `node { writeFile file: 'theirs.txt', text: 'of another job'; archiveArtifacts '*' }`,
    {},
    'other',
  )
  const files = { Jenkinsfile: jenkinsfile(), 'given.txt': 'from the repository\n' }
  const { id } = await runFor(bed.origin, await clone.push('main', files))
  log = await until('all of them', () => wholeLog(id), 150_000)
})
afterAll(async () => {
  endAgents()
  site.close()
  await bed.stop()
  discard(home)
  discard(clone.folder)
  if (hasDocker) removeImages()
})

function jenkinsfile(): string {
  const { port } = site.address() as AddressInfo
  const blocks = Object.entries(wanted).map(
    ([name, { script }]) => `  echo '=== ${name}'
  try { dir('${name}') { ${script} } } catch (e) { echo "BROKEN \${e}" }`,
  )
  return `def SITE = 'http://127.0.0.1:${port}/'
node('built-in') { withAWS(region: 'us-east-1') { sh 'true' } }
node('remote') {
  sh 'aws s3 mb s3://far-bucket'
${blocks.join('\n')}
}
`
}

function newKey(): string {
  mkdirSync(home, { recursive: true })
  const file = join(home, 'key')
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file])
  return readFileSync(file, 'utf8')
}

async function wholeLog(id: string): Promise<string | undefined> {
  const text = await logOf(bed.origin, id)
  return /^Finished: /m.test(text) ? text : undefined
}

const saidBy = (name: string) => log.split(`\n=== ${name}\n`)[1]?.split('\n=== ')[0] ?? ''

test.each(Object.keys(wanted))('%s works on an agent', (name) => {
  const said = saidBy(name)
  expect(said).not.toContain('BROKEN')
  expect(said.split(/\r?\n/)).toEqual(expect.arrayContaining(wanted[name]!.says))
})

test('every step that needs a node is tried', () => {
  const needy = [...steps].filter(([, step]) => step.needsNode).map(([name]) => name)
  const tried = Object.keys({ ...cases, ...contained, ...maven })
  expect(needy.filter((name) => !tried.includes(name))).toEqual([])
})
