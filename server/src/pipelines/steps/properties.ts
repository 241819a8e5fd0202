import { type Step, toJson } from '../engine/index.ts'
import { type Described, jobProperties } from '../job-properties.ts'

/** `properties([parameters([…]), pipelineTriggers([cron('…')])])` of a Scripted Pipeline. */
export const properties: Step = {
  kind: 'own',
  positional: ['properties'],
  async run(call) {
    const given = toJson(call.args.value('properties'))
    const found = jobProperties((Array.isArray(given) ? given : []) as Described[])
    for (const problem of found.problems) call.say(`WARNING: ${problem}`)
    await call.session.describeJob(found)
    return null
  },
}
