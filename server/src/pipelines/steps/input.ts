import type { ParameterDefinition } from '@madang/api'
import {
  abortException,
  type Call,
  fromJson,
  interruption,
  type Step,
  SYMBOL,
  toJson,
} from '../engine/index.ts'
import { GroovyMap, type Value } from '../groovy/index.ts'
import { openInput, type InputAnswer } from '../store-inputs.ts'
import { parameterDefinition } from '../parameters.ts'

const DEFAULT_MESSAGE = 'Pipeline has paused and needs your input before proceeding'

/** Waits for a person. The question is kept, so it stands after a restart too. */
export const input: Step = {
  kind: 'leaf',
  positional: ['message'],
  async run(call) {
    const { args, scope, session } = call
    const parameters = definitions(toJson(args.value('parameters')))
    const message = args.optionalText('message') ?? DEFAULT_MESSAGE
    const ok = args.optionalText('ok') ?? 'Proceed'
    const cancel = args.optionalText('cancel') ?? 'Abort'
    const submitter = args.optionalText('submitter')
    const id = args.optionalText('id') ?? inputId(call)
    const hasForm = parameters.length > 0 || Boolean(args.optionalText('submitterParameter'))
    call.say(hasForm ? 'Input requested' : `${message}\n${ok} or ${cancel}`)
    const question = { id, message, ok, submitter, parameters, step: call.path }
    session.stages.pause(scope.stage, true)
    try {
      const answer = await openInput(session, question, call.signal)
      return result(call, answer, parameters)
    } finally {
      session.stages.pause(scope.stage, false)
    }
  },
}

function inputId({ path }: Call): string {
  return path.replace(/[^\w.-]+/g, '-').replace(/^-/, '')
}

function definitions(given: unknown): ParameterDefinition[] {
  if (!Array.isArray(given)) return []
  return given.map((entry) => {
    const { [SYMBOL]: kind, ...members } = entry as Record<string, unknown>
    const definition = parameterDefinition(String(kind), members)
    if (typeof definition !== 'string') return definition
    throw abortException(definition)
  })
}

function result(call: Call, answer: InputAnswer, parameters: ParameterDefinition[]): Value {
  if (!answer.proceed) {
    throw interruption('ABORTED', `Rejected by ${answer.byName}`)
  }
  call.say(`Approved by ${answer.byName}`)
  const values = new GroovyMap(
    parameters.map(({ name }) => [name, fromJson(answer.values[name] ?? null)]),
  )
  const submitterName = call.args.optionalText('submitterParameter')
  if (submitterName !== undefined) values.set(submitterName, answer.byName)
  if (values.size === 0) return null
  // As in Jenkins: a lone value comes by itself, several come as a map.
  return values.size === 1 ? [...values.values()][0]! : values
}
