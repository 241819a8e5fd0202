import type { Call, Step } from '../engine/index.ts'
import { abortException, fromJson } from '../engine/index.ts'
import { GroovyMap, type Value } from '../groovy/index.ts'
import { fileText, pairs } from './aws.ts'
import { awsFailure, awsOf, codeOf, isAwsError } from './aws-client.ts'
import type { AwsCalls, StackDescription } from '../ports.ts'

const POLL_MS = 250
// The plugin grants them all; who may change what is decided by the role that does it.
const CAPABILITIES = ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM', 'CAPABILITY_AUTO_EXPAND'] as const

/** Creates or updates a stack and waits for it; gives its outputs. */
export const cfnUpdate: Step = {
  kind: 'leaf',
  needsNode: true,
  async run(call) {
    const { cloudformation } = await awsOf(call.scope)
    const name = call.args.text('stack')
    const known = await describe(cloudformation, name)
    const isNew = known === undefined || known.StackStatus === 'REVIEW_IN_PROGRESS'
    // A restart of the server in the middle: the change is under way already, so only wait.
    const isBusy = known?.StackStatus?.endsWith('_IN_PROGRESS') === true && !isNew
    if (isNew && call.args.optionalText('create') === 'false') {
      call.say(`No stack found with the name=${name}. Skipping update.`)
      return fromJson({})
    }
    const verb = isNew ? 'create' : 'update'
    const startedMs = call.session.nowMs()
    if (!isBusy) {
      const isChanged = await begin(call, cloudformation, isNew, known)
      if (!isChanged) {
        call.say(`No updates are to be performed on stack ${name}`)
        return outputsOf(known, 'false')
      }
    }
    const done = await waitFor(call, cloudformation, { name, verb, startedMs })
    return outputsOf(done, 'true')
  },
}

async function begin(
  call: Call,
  cloudformation: AwsCalls['cloudformation'],
  isNew: boolean,
  known: StackDescription | undefined,
): Promise<boolean> {
  const { args } = call
  const StackName = args.text('stack')
  const template = await templateOf(call)
  if (isNew && template.TemplateBody === undefined && template.TemplateURL === undefined) {
    throw abortException('Either a file or url for the template must be specified')
  }
  const input = {
    StackName,
    ...template,
    Parameters: parametersOf(call),
    Tags: Object.entries(pairs(args.texts('tags'), '=')).map(([Key, Value]) => ({ Key, Value })),
    Capabilities: [...CAPABILITIES],
    RoleARN: args.optionalText('roleArn'),
  }
  if (isNew) {
    call.say(`Creating CloudFormation stack ${StackName}`)
    const TimeoutInMinutes = args.has('timeoutInMinutes')
      ? args.number('timeoutInMinutes', 0)
      : undefined
    const OnFailure = onFailureOf(args.optionalText('onFailure'))
    await awsFailure(cloudformation.createStack({ ...input, TimeoutInMinutes, OnFailure }))
    return true
  }
  call.say(`Updating CloudFormation stack ${StackName} (${known?.StackStatus ?? ''})`)
  const UsePreviousTemplate =
    template.TemplateBody === undefined && template.TemplateURL === undefined
  try {
    await cloudformation.updateStack({ ...input, UsePreviousTemplate })
    return true
  } catch (error) {
    // The one refusal of UpdateStack without a code of its own; AWS's clients tell it the same way.
    const isSame = isAwsError(error) && /No updates are to be performed/.test(error.message)
    if (isSame) return false
    return awsFailure(Promise.reject(error as Error))
  }
}

function onFailureOf(text: string | undefined) {
  const choices = ['DO_NOTHING', 'ROLLBACK', 'DELETE'] as const
  const found = choices.find((choice) => choice === text)
  if (found || text === undefined) return found
  throw abortException(`onFailure has to be one of ${choices.join(', ')}`)
}

async function templateOf(call: Call) {
  const { args } = call
  if (args.has('template')) return { TemplateBody: args.text('template') }
  if (args.has('file')) return { TemplateBody: await fileText(call, args.text('file')) }
  return { TemplateURL: args.optionalText('url') }
}

function parametersOf({ args }: Call) {
  const given = args.value('params')
  const named =
    given instanceof GroovyMap
      ? Object.fromEntries(args.members('params').map(([name, value]) => [name, String(value)]))
      : pairs(args.texts('params'), '=')
  const kept = args.texts('keepParams').map((ParameterKey) => ({
    ParameterKey,
    UsePreviousValue: true,
  }))
  const set = Object.entries(named).map(([ParameterKey, ParameterValue]) => ({
    ParameterKey,
    ParameterValue,
  }))
  return [...set, ...kept]
}

async function describe(
  cloudformation: AwsCalls['cloudformation'],
  StackName: string,
): Promise<StackDescription | undefined> {
  try {
    return (await cloudformation.describeStacks({ StackName })).Stacks?.[0]
  } catch (error) {
    if (isAwsError(error) && codeOf(error) === 'ValidationError') return undefined
    return awsFailure(Promise.reject(error as Error))
  }
}

interface Wait {
  name: string
  verb: 'create' | 'update' | 'delete'
  startedMs: number
}

/** Waits, telling the stack's events as they come, until it stands or has failed. */
async function waitFor(
  call: Call,
  cloudformation: AwsCalls['cloudformation'],
  { name, verb, startedMs }: Wait,
): Promise<StackDescription | undefined> {
  const told = new Set<string>()
  const isTelling = call.args.number('pollInterval', 1000) > 0
  for (;;) {
    const stack = await describe(cloudformation, name)
    if (stack && isTelling) await tellEvents(call, cloudformation, stack, told, startedMs)
    const status = stack?.StackStatus ?? 'DELETE_COMPLETE'
    if (!status.endsWith('_IN_PROGRESS')) {
      const wanted = verb === 'delete' ? 'DELETE_COMPLETE' : `${verb.toUpperCase()}_COMPLETE`
      if (status === wanted) return stack
      const reason = stack?.StackStatusReason ? ` (${stack.StackStatusReason})` : ''
      throw abortException(`Stack ${name}: ${verb} failed with the status ${status}${reason}`)
    }
    await call.session.kernel.clock.sleep(POLL_MS, call.signal)
  }
}

async function tellEvents(
  call: Call,
  cloudformation: AwsCalls['cloudformation'],
  stack: StackDescription,
  told: Set<string>,
  startedMs: number,
): Promise<void> {
  const { StackEvents: events = [] } = await awsFailure(
    cloudformation.describeStackEvents({ StackName: stack.StackId ?? stack.StackName }),
  )
  const isNews = (id: string | undefined, time: Date | undefined) =>
    id !== undefined && !told.has(id) && (time?.getTime() ?? startedMs) >= startedMs - 1000
  for (const event of [...events].reverse()) {
    if (!isNews(event.EventId, event.Timestamp)) continue
    told.add(event.EventId!)
    const { LogicalResourceId: id, ResourceType: type, ResourceStatus: status } = event
    const reason = event.ResourceStatusReason ? ` - ${event.ResourceStatusReason}` : ''
    call.say(`${type ?? ''} ${id ?? ''} ${status ?? ''}${reason}`)
  }
}

export const cfnDelete: Step = {
  kind: 'leaf',
  async run(call) {
    const name = call.args.text('stack')
    const { cloudformation } = await awsOf(call.scope)
    if (!(await describe(cloudformation, name))) {
      call.say(`There is no stack ${name}`)
      return null
    }
    const startedMs = call.session.nowMs()
    call.say(`Removing CloudFormation stack ${name}`)
    await awsFailure(cloudformation.deleteStack({ StackName: name }))
    await waitFor(call, cloudformation, { name, verb: 'delete', startedMs })
    return null
  },
}

/** Outputs of a stack, without changing it. */
export const cfnDescribe: Step = {
  kind: 'leaf',
  positional: ['stack'],
  async run(call) {
    const { cloudformation } = await awsOf(call.scope)
    const name = call.args.text('stack')
    const stack = await describe(cloudformation, name)
    if (!stack) throw abortException(`Stack with id ${name} does not exist`)
    return outputsOf(stack)
  },
}

function outputsOf(stack: StackDescription | undefined, updated?: string): Value {
  const outputs = (stack?.Outputs ?? []).map(({ OutputKey, OutputValue }): [Value, Value] => [
    OutputKey ?? '',
    OutputValue ?? '',
  ])
  const marker: [Value, Value][] =
    updated === undefined ? [] : [['jenkinsStackUpdateStatus', updated]]
  return new GroovyMap([...outputs, ...marker])
}
