// Libraries as teams make them: a push builds, tests and publishes one; another repository's run uses it.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { imageEndpoints, pipelinesEndpoints, registryEndpoints, threadEndpoints } from '@madang/api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { has, hasDocker, makeImage, removeImages } from '../server/src/testing/docker.ts'
import { dockerClient } from './kit/docker.ts'
import { firstPerson, makeProject, type Person } from './kit/person.ts'
import { type ServerProcess, startServer } from './kit/server-process.ts'
import { until } from './kit/until.ts'
import { cloneUrl, WorkingCopy } from './kit/working-copy.ts'

const BASE = 'madang-e2e/packages-base:1'
const RUN_MS = 400_000
const examples = join(import.meta.dirname, '../examples')
/** What programs say that looked for something in the world outside and did not reach it. */
const UNREACHED =
  /Could not transfer|Unknown host|UnknownHost|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|Could not (?:GET|HEAD)|No matching distribution/

let server: ServerProcess
let person: Person
const copies: WorkingCopy[] = []
const home = mkdtempSync(join(tmpdir(), 'madang-e2e-home-'))

beforeAll(async () => {
  // Nothing of this machine's own caches: what a second build finds, a first one has left.
  process.env['HOME'] = home
  server = await startServer()
  person = await firstPerson(server)
  await makeProject(person.client, ['greeting', 'shop', 'price', 'won', 'till', 'menu', 'tiny'])
})

afterAll(async () => {
  await server?.stop()
  server?.removeHome()
  for (const copy of copies) copy.remove()
  rmSync(home, { recursive: true, force: true })
})

async function cloned(repo: string): Promise<WorkingCopy> {
  const copy = new WorkingCopy()
  copies.push(copy)
  await copy.clone(cloneUrl(server.origin, `GB/${repo}`, person.token))
  return copy
}

type Files = Record<string, string>

/** Commits the files, pushes them, and gives the run that comes of it, with its whole log. */
async function pushed(copy: WorkingCopy, files: Files | string, branch = 'main') {
  if (typeof files === 'string') cpSync(join(examples, files), copy.folder, { recursive: true })
  else for (const [name, text] of Object.entries(files)) write(join(copy.folder, name), text)
  const commit = await copy.commit('A change')
  await copy.git('push', '--quiet', 'origin', `HEAD:${branch}`)
  return ended((run) => run.commit === commit)
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

interface RunFacts {
  id: string
  commit: string
  startedAt?: string | undefined
  finishedAt?: string | undefined
}

async function ended(isIt: (run: RunFacts) => boolean) {
  const run = await until('the run ends', RUN_MS, async () => {
    const { items } = await person.client.call(pipelinesEndpoints.runList, {
      params: { project: 'GB' },
    })
    return items.find((one) => isIt(one) && one.state === 'finished')
  })
  const url = `${server.origin}/runs/GB/${run.id}/log`
  const log = await (await fetch(url, { headers: person.headers })).text()
  return { ...run, log }
}

const seconds = ({ startedAt = '', finishedAt = '' }: RunFacts) =>
  `${((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000).toFixed(1)} s`

async function again(run: { id: string }) {
  const params = { project: 'GB', run: run.id }
  const next = await person.client.call(pipelinesEndpoints.runAgain, { params })
  return ended(({ id }) => id === next.id)
}

async function artifactsOf(name: string) {
  const { items } = await person.client.call(registryEndpoints.artifactList, {
    params: { project: 'GB' },
    query: { name },
  })
  return items
}

/** Names of the tests of the run's report that passed, sorted. */
async function passedTests(run: string): Promise<string[]> {
  const params = { project: 'GB', run }
  const query = { status: 'passed' as const }
  const { items } = await person.client.call(pipelinesEndpoints.runTests, { params, query })
  return items.map(({ name }) => name).sort()
}

const skipUnreached = (log: string, skip: (why: string) => void) => {
  const line = log.split('\n').find((text) => UNREACHED.test(text))
  if (line) skip(`the world outside is not reached from here: ${line.trim()}`)
}

describe.skipIf(!has('mvn'))('Maven', () => {
  test('a run deploys what it tested; another repository builds on it; the second build is quick', async ({
    skip,
  }) => {
    const library = await cloned('greeting')
    cpSync(join(examples, 'maven-app'), library.folder, { recursive: true })
    // Java takes the home folder from the system's list of people, not from HOME.
    const settings = readFileSync(join(examples, 'maven-app/settings.xml'), 'utf8').replace(
      '<servers>',
      `<localRepository>${home}/m2</localRepository><servers>`,
    )
    const first = await pushed(library, { 'settings.xml': settings })
    if (first.result !== 'SUCCESS') skipUnreached(first.log, skip)
    expect([first.result, first.log]).toEqual(['SUCCESS', expect.stringContaining('BUILD SUCCESS')])
    expect(await passedTests(first.id)).toEqual(['callsGuestsByName', 'whoHasNoNameIsAGuest'])
    const kept = await artifactsOf('com.example:greeting')
    expect(kept.map(({ path }) => path).sort()).toEqual([
      'greeting-1.0.0.jar',
      'greeting-1.0.0.pom',
    ])
    expect(kept.every(({ runId }) => runId === first.id)).toBe(true)

    // The same version with other bytes is refused, and the log says why.
    const second = await pushed(library, { 'src/main/resources/note': 'not in 1.0.0 yet\n' })
    expect(second.result).toBe('FAILURE')
    expect(second.log).toMatch(/409|Conflict/)

    const pom = readFileSync(join(library.folder, 'pom.xml'), 'utf8')
    const next = pom.replace('<version>1.0.0<', '<version>1.1.0-SNAPSHOT<')
    const snapshot = await pushed(library, { 'pom.xml': next }, 'next')
    expect([snapshot.result, snapshot.log]).toEqual(['SUCCESS', expect.any(String)])
    const quick = await again(snapshot)
    expect(quick.result).toBe('SUCCESS')
    console.log(`Maven: first build ${seconds(first)}, with ~/.m2 filled ${seconds(quick)}`)

    // What the library's own build installed is put away: the shop has to ask the registry.
    rmSync(join(home, 'm2/com/example'), { recursive: true })
    const shop = await cloned('shop')
    const shopRun = await pushed(shop, {
      'pom.xml': shopPom('1.0.0'),
      'settings.xml': settings,
      'src/main/java/Shop.java': shopMain,
      Jenkinsfile: shopJenkinsfile,
    })
    expect([shopRun.result, shopRun.log]).toEqual(['SUCCESS', expect.any(String)])
    expect(shopRun.log).toContain('어서 오세요, Bora!')
    const onSnapshot = await pushed(shop, { 'pom.xml': shopPom('1.1.0-SNAPSHOT') })
    expect([onSnapshot.result, onSnapshot.log]).toEqual(['SUCCESS', expect.any(String)])
    expect(onSnapshot.log).toContain('어서 오세요, Bora!')
  }, 900_000)
})

const shopPom = (version: string) => `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>com.example</groupId>
  <artifactId>shop</artifactId>
  <version>1.0.0</version>
  <properties>
    <maven.compiler.release>17</maven.compiler.release>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
  <dependencies>
    <dependency>
      <groupId>com.example</groupId>
      <artifactId>greeting</artifactId>
      <version>${version}</version>
    </dependency>
  </dependencies>
  <build>
    <plugins>
      <plugin>
        <artifactId>maven-compiler-plugin</artifactId>
        <version>3.13.0</version>
      </plugin>
    </plugins>
  </build>
</project>
`

const shopMain = `import com.example.greeting.Greeting;

public class Shop {
    public static void main(String[] args) {
        new java.io.PrintStream(System.out, true, java.nio.charset.StandardCharsets.UTF_8)
            .println(Greeting.to(args[0]));
    }
}
`

// The class path by hand: no further plugin has to be fetched to run what was compiled.
const shopJenkinsfile = `pipeline {
  agent any
  stages {
    stage('Build') {
      steps {
        sh 'mvn -B -ntp -s settings.xml -U compile'
        sh 'java -cp target/classes:$(ls $HOME/m2/com/example/greeting/*/*.jar | tail -n 1) Shop Bora'
      }
    }
  }
}
`

describe.skipIf(!has('npm'))('npm', () => {
  test('a run publishes a package, and another installs it', async () => {
    const library = await cloned('won')
    const first = await pushed(library, 'npm-lib')
    expect([first.result, first.log]).toEqual(['SUCCESS', expect.any(String)])
    expect(first.log).toContain('+ @example/won@1.0.0')
    expect(await passedTests(first.id)).toEqual(['groups by thousands', 'has no half won'])
    expect(await artifactsOf('@example/won')).toMatchObject([{ version: '1.0.0', runId: first.id }])
    const again = await pushed(library, { 'NOTES.md': 'nothing new\n' })
    expect(again.result).toBe('FAILURE')
    expect(again.log).toMatch(/cannot publish over|409|403/i)

    const till = await cloned('till')
    const run = await pushed(till, {
      'package.json': JSON.stringify({
        type: 'module',
        dependencies: { '@example/won': '^1.0.0' },
      }),
      Jenkinsfile: tillJenkinsfile,
    })
    expect([run.result, run.log]).toEqual(['SUCCESS', expect.stringContaining('4,500원')])
  }, 300_000)
})

const tillJenkinsfile = `node {
  checkout scm
  sh '''
    echo "@example:registry=$MADANG_URL/npm/$MADANG_PROJECT/" > .npmrc
    echo "\${MADANG_URL#http*:}/npm/$MADANG_PROJECT/:_authToken="'\${MADANG_TOKEN}' >> .npmrc
    npm install --no-audit --no-fund
    node -e "import('@example/won').then(({ won }) => console.log(won(4500)))"
  '''
}
`

describe.skipIf(!has('python3'))('PyPI', () => {
  test('twine uploads from a run, and pip installs in the next', async ({ skip }) => {
    const copy = await cloned('tiny')
    const first = await pushed(copy, {
      'pyproject.toml': pyproject,
      'tiny_menu.py': 'def dishes():\n    return ["김밥", "떡볶이"]\n',
      Jenkinsfile: twineJenkinsfile,
    })
    if (first.result !== 'SUCCESS') skipUnreached(first.log, skip)
    expect([first.result, first.log]).toEqual(['SUCCESS', expect.stringContaining('김밥, 떡볶이')])
    expect(await artifactsOf('tiny-menu')).toMatchObject([
      { path: 'tiny_menu-1.0-py3-none-any.whl', runId: first.id },
    ])
  }, 500_000)
})

const pyproject = `[project]
name = "tiny-menu"
version = "1.0"

[tool.setuptools]
py-modules = ["tiny_menu"]
`

const twineJenkinsfile = `node {
  checkout scm
  sh 'python3 -m venv .venv && .venv/bin/pip install --quiet twine'
  sh '.venv/bin/pip wheel --quiet --no-deps --wheel-dir dist .'
  withEnv(["TWINE_REPOSITORY_URL=\${env.MADANG_URL}/pypi/\${env.MADANG_PROJECT}/legacy/", 'TWINE_USERNAME=token']) {
    sh 'TWINE_PASSWORD=$MADANG_TOKEN .venv/bin/twine upload --non-interactive --disable-progress-bar dist/*'
  }
  sh '''
    index="http://token:$MADANG_TOKEN@\${MADANG_URL#http://}/pypi/$MADANG_PROJECT/simple/"
    .venv/bin/pip install --quiet --no-cache-dir --target back --index-url "$index" tiny-menu
    cd back && PYTHONUTF8=1 ../.venv/bin/python -c "import tiny_menu; print(', '.join(tiny_menu.dishes()))"
  '''
}
`

describe.skipIf(!has('gradle') || !has('mvn'))('Gradle', () => {
  test('a run tests with Gradle what it builds on a library of this registry', async ({ skip }) => {
    const copy = await cloned('price')
    const example = (name: string) => readFileSync(join(examples, 'gradle-app', name), 'utf8')
    cpSync(join(examples, 'gradle-app'), copy.folder, { recursive: true })
    // Debian's Gradle 4.4 has no transport to publish by; what it can't do is left out, not feigned.
    const isDebians = /Revision: +none/.test(execFileSync('gradle', ['--version']).toString())
    const jenkinsfile = example('Jenkinsfile')
    const run = await pushed(copy, {
      Jenkinsfile: isDebians ? jenkinsfile.replace(/plain publish/, 'plain tasks') : jenkinsfile,
      'build.gradle': `${example('build.gradle')}${gradleUse}`,
    })
    if (run.result !== 'SUCCESS') skipUnreached(run.log, skip)
    expect([run.result, run.log]).toEqual(['SUCCESS', expect.stringContaining('BUILD SUCCESS')])
    expect(await passedTests(run.id)).toEqual(['addsUp', 'takesOff'])
    expect(run.log).toContain('resolved greeting-1.0.0.jar')
    if (isDebians) return console.log("Gradle: Debian's own can't publish; only its build was run")
    const kept = await artifactsOf('com.example:price')
    expect(kept.map(({ path }) => path)).toContain('price-1.0.0.jar')
  }, 500_000)
})

const gradleUse = `
repositories {
    maven {
        url = "\${System.getenv('MADANG_URL')}/maven/\${System.getenv('MADANG_PROJECT')}"
        credentials {
            username = 'token'
            password = System.getenv('MADANG_TOKEN')
        }
        if (delegate.metaClass.hasProperty(delegate, 'allowInsecureProtocol')) {
            allowInsecureProtocol = true
        }
    }
}
dependencies { implementation 'com.example:greeting:1.0.0' }
test.doFirst { classpath.files.each { println "resolved \${it.name}" } }
`

describe.skipIf(!hasDocker)('Docker', () => {
  test('a run builds and pushes an image that leads back to its commit', async () => {
    makeImage(BASE, ['sh', 'cat', 'nc', 'printf'])
    const host = new URL(server.origin).host
    const client = dockerClient()
    const copy = await cloned('menu')
    const jenkinsfile = readFileSync(join(examples, 'docker-app/Jenkinsfile'), 'utf8')
    cpSync(join(examples, 'docker-app'), copy.folder, { recursive: true })
    const run = await pushed(copy, {
      Jenkinsfile: jenkinsfile.replace("defaultValue: 'busybox'", `defaultValue: '${BASE}'`),
    })
    try {
      expect([run.result, run.log]).toEqual(['SUCCESS', expect.stringContaining('+ docker push')])
      const params = { project: 'GB', image: 'menu', reference: 'latest' }
      const image = await person.client.call(imageEndpoints.imageGet, { params })
      expect(image).toMatchObject({ runId: run.id, revision: run.commit, tags: ['1', 'latest'] })
      const thread = await person.client.call(threadEndpoints.threadGet, {
        query: { kind: 'commit', id: `GB/menu@${run.commit}` },
      })
      expect(JSON.stringify(thread)).toContain(image.digest)
      await client.docker('login', '-u', 'minji', '-p', person.token, host)
      expect(await client.docker('run', '--rm', `${host}/gb/menu:latest`, 'once')).toContain('김밥')
    } finally {
      removeImages()
      client.remove()
    }
  }, 300_000)
})
