import type { Structure } from '../model.ts'
import { isStructure } from '../template/index.ts'
import { number, structure, text } from './property.ts'
import { changes, type Provider, type Providers, type ResourceContext } from './provider.ts'
import { ResourceFailure } from './resource-failure.ts'

const POLL_MS = 100
const PLACE = '/answers/'

const waitHandle: Provider = {
  properties: {},
  attributes: [],
  async create(context) {
    const url = await context.answers.url(`wait-${context.stepId}/${context.logicalId}`)
    return { physicalId: url, attributes: {} }
  },
  async delete() {
    // The URL stays known and answers nobody.
  },
}

/** How many answers are waited for, where they come, and how long. */
function awaited(context: ResourceContext, properties: Structure) {
  const { creationPolicy } = context
  if (creationPolicy) {
    const signal = structure(creationPolicy['ResourceSignal'])
    return {
      token: signalToken(context.stackId, context.logicalId),
      count: number(signal['Count']) ?? 1,
      timeoutS: secondsOf(text(signal['Timeout']) ?? 'PT5M'),
    }
  }
  const handle = text(properties['Handle'])
  const timeoutS = number(properties['Timeout'])
  if (handle === undefined || timeoutS === undefined) {
    const name = handle === undefined ? 'Handle' : 'Timeout'
    throw new ResourceFailure(`Property ${name} cannot be empty.`)
  }
  const token = handle.slice(handle.indexOf(PLACE) + PLACE.length)
  return { token, count: number(properties['Count']) ?? 1, timeoutS }
}

const waitCondition: Provider = {
  properties: changes('replace', 'Count Handle Timeout'),
  attributes: ['Data'],
  async create(context, properties) {
    const { token, count, timeoutS } = awaited(context, properties)
    // A handle's answers are kept from when it is made, a policy's from now on.
    if (context.creationPolicy) await context.answers.url(token)
    const [handle = context.logicalId] = token.split('/').slice(1)
    const physicalId = `${context.stackId}/${handle}`
    const begunAt = number(context.notes['begunAt']) ?? context.now()
    await context.note({ begunAt })
    for (;;) {
      const signals = (await context.answers.read(token)) ?? {}
      const failed = Object.entries(signals).find(([, one]) => !isSuccess(one))
      if (failed) {
        const reason = text(structure(failed[1])['Reason']) ?? ''
        throw new ResourceFailure(
          `WaitCondition received failed message: '${reason}' for uniqueId: ${failed[0]}`,
        )
      }
      const received = Object.keys(signals).length
      if (received >= count) {
        const data = Object.entries(signals).map(([id, one]) => [id, structure(one)['Data'] ?? ''])
        return { physicalId, attributes: { Data: JSON.stringify(Object.fromEntries(data)) } }
      }
      if (context.now() >= begunAt + timeoutS * 1000) {
        throw new ResourceFailure(
          `WaitCondition timed out. Received ${received} conditions when expecting ${count}`,
        )
      }
      await context.sleep(POLL_MS)
    }
  },
  async delete() {
    // Nothing stands behind a wait that is over.
  },
}

function isSuccess(signal: Structure[string]): boolean {
  return isStructure(signal) && signal['Status'] === 'SUCCESS'
}

/** Where SignalResource puts what it hears for a resource. */
export const signalToken = (stackId: string, logicalId: string) =>
  `signals-of-${stackId}-${logicalId}`

/** ISO 8601, as far as a policy's timeout goes: `PT1H30M10S`. */
function secondsOf(duration: string): number {
  const parts = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/.exec(duration)
  if (!parts) throw new ResourceFailure(`Invalid Timeout ${duration} of the CreationPolicy`)
  const [hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0))
  return hours! * 3600 + minutes! * 60 + seconds!
}

export const waitProviders: Providers = {
  'AWS::CloudFormation::WaitConditionHandle': waitHandle,
  'AWS::CloudFormation::WaitCondition': waitCondition,
}
