import {
  cronMember,
  refuseChoices,
  refuseTrigger,
  type Step,
  SYMBOL,
  toJson,
} from '../engine/index.ts'
import { type Described, jobProperties } from '../job-properties.ts'

/** `properties([parameters([…]), pipelineTriggers([cron('…')])])` of a Scripted Pipeline. */
export const properties: Step = {
  kind: 'own',
  positional: ['properties'],
  async run(call) {
    const given = described(toJson(call.args.value('properties')))
    for (const property of given) {
      for (const { name, choices } of described(property['parameterDefinitions'])) {
        refuseChoices(String(name), choices)
      }
      refuseTriggersOf(property)
    }
    const found = jobProperties(given)
    for (const problem of found.problems) call.say(`WARNING: ${problem}`)
    await call.session.describeJob(found)
    return null
  },
}

const described = (given: unknown) => (Array.isArray(given) ? given : []) as Described[]

function refuseTriggersOf(property: Described): void {
  for (const trigger of described(property['triggers'])) {
    const name = String(trigger[SYMBOL] ?? '')
    const spec = trigger['spec'] ?? trigger[cronMember(name) ?? '']
    if (typeof spec === 'string') refuseTrigger(name, spec)
  }
}
