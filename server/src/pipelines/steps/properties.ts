import { abortException, type Step, SYMBOL, toJson } from '../engine/index.ts'
import { parameterDefinition } from '../parameters.ts'
import { describeJob } from '../store-jobs.ts'
import type { PipelinesTables } from '../tables.ts'

type Described = Record<string, unknown>

/** `properties([parameters([…]), pipelineTriggers([cron('…')])])` of a Scripted Pipeline. */
export const properties: Step = {
  kind: 'leaf',
  positional: ['properties'],
  async run({ args, session }) {
    const given = toJson(args.value('properties'))
    const items = (Array.isArray(given) ? given : []) as Described[]
    const parameters = listOf(items, 'parameters', 'parameterDefinitions').map((item) => {
      const definition = parameterDefinition(String(item[SYMBOL]), item)
      if (typeof definition !== 'string') return definition
      throw abortException(definition)
    })
    const cron = listOf(items, 'pipelineTriggers', 'triggers')
      .filter((item) => item[SYMBOL] === 'cron')
      .map((item) => String(item['spec']))
    await session.kernel.database.write(async (tx) => {
      await describeJob(tx.tables<PipelinesTables>(), session.record.job_id, { parameters, cron })
    })
    return null
  },
}

function listOf(items: Described[], symbol: string, member: string): Described[] {
  const found = items.find((item) => item[SYMBOL] === symbol)?.[member]
  return Array.isArray(found) ? (found as Described[]) : []
}
