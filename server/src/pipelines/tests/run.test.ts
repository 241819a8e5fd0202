import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bed, Clone, discard, runFile, startBed, temporary } from './bed.ts'

let bed: Bed
let clone: Clone
const home = temporary()

beforeAll(async () => {
  bed = await startBed(home)
  clone = new Clone(bed.origin)
})
afterAll(async () => {
  await bed.stop()
  discard(home)
  discard(clone.folder)
})

test('a push runs the Jenkinsfile, and the log reads as in Jenkins', async () => {
  const { run, log } = await runFile(
    clone,
    bed.origin,
    `pipeline {
  agent any
  environment { GREETING = "hello \${BRANCH_NAME}" }
  stages {
    stage('Build') { steps { sh 'echo "$GREETING from $(basename $PWD)"' } }
    stage('Skip') {
      when { branch 'release/*' }
      steps { echo 'never' }
    }
  }
  post { always { echo "over: \${currentBuild.currentResult}" } }
}`,
  )
  console.log(log)
  expect(run.result).toBe('SUCCESS')
  expect(log).toContain('hello main from app_main')
})
