import type { Structure } from '../model.ts'
import { isStructure } from '../template/index.ts'
import { number, text } from './property.ts'
import { changes, type Outcome, type Provider, type ResourceContext } from './provider.ts'
import { ResourceFailure } from './resource-failure.ts'

const POLL_MS = 50
const LONGEST_S = 3600

interface Ask {
  kind: 'Create' | 'Update' | 'Delete'
  properties: Structure
  previous?: Structure
  physicalId?: string
}

/**
 * Asks the function behind a custom resource and waits for its answer at ResponseURL.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
 * After a crash it is asked again with the same RequestId, unless its answer has come already.
 */
async function ask(context: ResourceContext, request: Ask): Promise<Outcome> {
  const requestId = `${context.stepId}-${request.kind}`
  const token = `custom-${requestId}`
  const ResponseURL = await context.answers.url(token)
  if (!(await context.answers.read(token))) {
    await invoke(context, request, { requestId, ResponseURL })
  }
  const timeoutS = number(request.properties['ServiceTimeout']) ?? LONGEST_S
  const end = context.now() + timeoutS * 1000
  for (;;) {
    const answer = await context.answers.read(token)
    if (answer) return outcomeOf(context, request, answer)
    if (context.now() >= end) {
      throw new ResourceFailure(
        'CloudFormation did not receive a response from your Custom Resource. Please check your ' +
          `logs for requestId [${requestId}]. If you are using the Python cfn-response module, you ` +
          'may need to update your Lambda function code so that CloudFormation can attach the ' +
          'updated version.',
      )
    }
    await context.sleep(POLL_MS)
  }
}

async function invoke(
  context: ResourceContext,
  { kind, properties, previous, physicalId }: Ask,
  { requestId, ResponseURL }: { requestId: string; ResponseURL: string },
): Promise<void> {
  const target = text(properties['ServiceToken']) ?? ''
  if (!target.startsWith('arn:aws:lambda:')) {
    throw new ResourceFailure(
      `Invalid service token: ${target}. This cloud answers custom resources by Lambda functions only.`,
    )
  }
  const event = {
    RequestType: kind,
    RequestId: requestId,
    ResponseURL,
    StackId: context.stackId,
    LogicalResourceId: context.logicalId,
    ResourceType: context.type,
    PhysicalResourceId: physicalId,
    ServiceToken: target,
    ResourceProperties: properties,
    OldResourceProperties: previous,
  }
  await context.aws.lambda.invoke({
    FunctionName: target,
    InvocationType: 'Event',
    Payload: new TextEncoder().encode(JSON.stringify(event)),
  })
}

function outcomeOf(context: ResourceContext, request: Ask, answer: Structure): Outcome {
  const given = text(answer['PhysicalResourceId'])
  if (answer['Status'] !== 'SUCCESS') {
    const reason = text(answer['Reason']) ?? 'Unknown reason'
    throw new ResourceFailure(
      `Received response status [FAILED] from custom resource. Message returned: ${reason} ` +
        `(RequestId: ${context.stepId})`,
    )
  }
  const physicalId = given ?? request.physicalId
  if (physicalId === undefined) {
    throw new ResourceFailure(
      'Invalid PhysicalResourceId: Custom Resources must return a non-null PhysicalResourceId.',
    )
  }
  const data = answer['Data']
  return { physicalId, attributes: isStructure(data) ? data : {} }
}

export const customProvider: Provider = {
  properties: changes('replace', 'ServiceToken'),
  required: ['ServiceToken'],
  open: true,
  create: (context, properties) => ask(context, { kind: 'Create', properties }),
  update: (context, physicalId, properties, previous) =>
    ask(context, { kind: 'Update', properties, previous, physicalId }),
  async delete(context, physicalId, properties) {
    await ask(context, { kind: 'Delete', properties, physicalId })
  },
}
