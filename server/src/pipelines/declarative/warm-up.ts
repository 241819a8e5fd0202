import { parseJenkinsfile } from './parse-jenkinsfile.ts'
import { defaultVocabulary } from './vocabulary.ts'

/** A bit of everything that files are made of. */
const everyday = `@Library('common') _
def version = '1.0'
def shout(text, times = 1) { return "\${text}!" * times }
pipeline {
  agent any
  options { timeout(time: 1, unit: 'HOURS'); buildDiscarder(logRotator(numToKeepStr: '5')) }
  environment { NAME = 'app'; IMAGE = "\${NAME}:\${BUILD_NUMBER}" }
  parameters { string(name: 'WHERE', defaultValue: 'test', description: 'Where to') }
  stages {
    stage('Build') {
      when { branch 'main' }
      steps {
        sh 'make all'
        echo "Built \${env.IMAGE} of \${version}"
        script {
          def list = [1, 2, 3].collect { it * 2 }
          for (int i = 0; i < list.size(); i++) { echo shout("x\${list[i]}") }
          if (params.WHERE == 'live' && !env.CHANGE_ID) { error 'not now' } else { version += '-rc' }
        }
      }
    }
    stage('Test') {
      parallel {
        stage('Unit') { steps { sh(script: 'make test', returnStatus: true); junit 'out/*.xml' } }
        stage('Lint') { steps { dir('web') { sh '''npm run lint
npm run types''' } } }
      }
      post { always { archiveArtifacts artifacts: 'out/**', allowEmptyArchive: true } }
    }
  }
}
`
const TIMES = 40
const BETWEEN_MS = 10
/** Its copy is another vocabulary: what is read with it is not kept. */
const vocabulary = { ...defaultVocabulary }

/**
 * Reads a small file some times, a little at a time, so that the first real one is not what the reader is compiled with: a
 * thousand lines took 48 ms of a process that had read none, and take 14 ms after this. Holds no process up.
 */
export function warmReader(times = TIMES): void {
  if (times === 0) return
  parseJenkinsfile(everyday, vocabulary)
  setTimeout(() => warmReader(times - 1), BETWEEN_MS).unref()
}
