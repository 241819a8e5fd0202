import type { RunResult } from '@madang/api'
import { resultOf, type Scope } from '../engine/index.ts'

/** The marks and the place in the tree that make a stage. */
export async function inStage(
  outer: Scope,
  name: string,
  kind: 'stage' | 'branch' | 'post',
  body: (scope: Scope) => Promise<void>,
): Promise<void> {
  const { session } = outer
  const path = outer.nextPath('stage')
  const environment = outer.environment.with([['STAGE_NAME', name]])
  const scope = outer.inside(path, { stage: path, environment })
  session.stages.open(path, name, kind, outer.stage)
  scope.mark(`${path}#`, 'stage')
  scope.mark(`${path}{`, `{ (${name})`)
  await scope.head.giveWay()
  let result: RunResult = 'SUCCESS'
  try {
    await body(scope)
  } catch (error) {
    result = resultOf(error)
    throw error
  } finally {
    if (!session.letGo.signal.aborted) {
      scope.mark(`${path}}`, '}')
      await scope.head.giveWay()
      scope.mark(`${path}//`, '// stage')
      session.stages.close(path, result)
      await scope.head.giveWay()
    }
  }
}
