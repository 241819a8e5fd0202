import { parseJenkinsfile } from './parse-jenkinsfile.ts'
import { defaultVocabulary } from './vocabulary.ts'

/** A bit of everything that files are made of. */
export const everyday = `@Library('common') _
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
const TIMES = 20
const BETWEEN_MS = 10
/** Its copy is another vocabulary: what is read with it is not kept. */
const vocabulary = { ...defaultVocabulary }

/**
 * Reads a small file some times, a little at a time, so that the first real one finds the reader compiled: a thousand lines
 * take a third of what they take in a process that has read nothing. Holds no process up.
 */
export function warmReader(): void {
  let left = TIMES
  const timer = setInterval(() => {
    parseJenkinsfile(everyday, vocabulary)
    left -= 1
    if (left === 0) clearInterval(timer)
  }, BETWEEN_MS).unref()
}
