import { SNS } from '@aws-sdk/client-sns'
import { SQS } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'

let under: CloudUnderTest
let sns: SNS
let sqs: SQS
let count = 0

beforeAll(async () => {
  under = await startCloud()
  sns = new SNS(under.config())
  sqs = new SQS(under.config())
})
afterAll(() => under.stop())

const topic = async () => (await sns.createTopic({ Name: `t-${++count}` })).TopicArn!

async function subscribedQueue(TopicArn: string): Promise<string> {
  const { QueueUrl } = await sqs.createQueue({ QueueName: `q-${++count}` })
  const Endpoint = TopicArn.replace(/:sns:(.*):t-\d+$/, `:sqs:$1:q-${count}`)
  const Attributes = { RawMessageDelivery: 'true' }
  await sns.subscribe({ TopicArn, Protocol: 'sqs', Endpoint, Attributes })
  return QueueUrl!
}

describe('policies on data protection', () => {
  const kind = (name: string) => `arn:aws:dataprotection::aws:data-identifier/${name}`
  const policyOf = (name: string, Operation: object, more: object = {}) => {
    const statement = { DataDirection: 'Inbound', Principal: ['*'], DataIdentifier: [kind(name)] }
    const Statement = [{ ...statement, Operation, ...more }]
    return JSON.stringify({ Name: 'p', Version: '2021-06-01', Statement })
  }
  const mask = { Deidentify: { MaskConfig: { MaskWithCharacter: '#' } } }

  it('are kept, told, and go with their topic', async () => {
    const DataProtectionPolicy = policyOf('EmailAddress', { Deny: {} })
    const { TopicArn } = await sns.createTopic({ Name: 'guarded', DataProtectionPolicy })
    const told = async () =>
      (await sns.getDataProtectionPolicy({ ResourceArn: TopicArn! })).DataProtectionPolicy
    expect(await told()).toBe(DataProtectionPolicy)
    await sns.putDataProtectionPolicy({ ResourceArn: TopicArn!, DataProtectionPolicy: '' })
    expect(await told()).toBe('')
    await sns.putDataProtectionPolicy({ ResourceArn: TopicArn!, DataProtectionPolicy })
    await sns.deleteTopic({ TopicArn })
    await sns.createTopic({ Name: 'guarded' })
    expect(await told()).toBe('')
  })

  it.each([
    [
      'EmailAddress',
      { Deidentify: { RedactConfig: {} } },
      'to minji@example.com, soon',
      'to , soon',
    ],
    ['CreditCardNumber', mask, 'card 4539 8944 5808 6459.', `card ${'#'.repeat(19)}.`],
    ['CreditCardNumber', mask, 'no card: 4539894458086450', 'no card: 4539894458086450'],
    ['IpAddress', mask, 'at 10.0.0.1, ::1 and 1.2.3.4.5', 'at ########, ### and 1.2.3.4.5'],
    ['IpAddress', mask, 'at 12:30, a::b', 'at 12:30, ####'],
  ])('take %s out with %j', async (name, operation, Message, expected) => {
    const ResourceArn = await topic()
    const QueueUrl = await subscribedQueue(ResourceArn)
    const DataProtectionPolicy = policyOf(name, operation)
    await sns.putDataProtectionPolicy({ ResourceArn, DataProtectionPolicy })
    await sns.publish({ TopicArn: ResourceArn, Message })
    const { Messages } = await sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 5 })
    expect(Messages!.map(({ Body }) => Body)).toEqual([expected])
  })

  it('deny what holds it, alone and in a batch, to those they name', async () => {
    const TopicArn = await topic()
    const put = (DataProtectionPolicy: string) =>
      sns.putDataProtectionPolicy({ ResourceArn: TopicArn, DataProtectionPolicy })
    await put(policyOf('EmailAddress', { Deny: {} }))
    const Message = 'to minji@example.com'
    const denied = sns.publish({ TopicArn, Message })
    await expect(denied).rejects.toMatchObject({
      name: 'AuthorizationErrorException',
      message: expect.stringContaining('explicit deny in a data protection policy'),
      $metadata: { httpStatusCode: 403 },
    })
    const PublishBatchRequestEntries = [
      { Id: 'a', Message },
      { Id: 'b', Message: 'fine' },
    ]
    const { Failed, Successful } = await sns.publishBatch({ TopicArn, PublishBatchRequestEntries })
    expect([Failed, Successful]).toMatchObject([
      [{ Id: 'a', Code: 'AuthorizationError', SenderFault: true }],
      [{ Id: 'b' }],
    ])
    const Principal = ['arn:aws:iam::000000000000:user/other']
    await put(policyOf('EmailAddress', { Deny: {} }, { Principal }))
    expect(await sns.publish({ TopicArn, Message })).toHaveProperty('MessageId')
  })

  it.each([
    ['x', 'failed to parse JSON'],
    [policyOf('Name', mask), 'Madang does not implement DataIdentifier Name'],
    [policyOf('IpAddress', { Audit: {} }), 'Madang does not implement Operation Audit'],
    [
      policyOf('IpAddress', mask, { DataDirection: 'Outbound' }),
      'Madang does not implement DataDirection Outbound',
    ],
    [
      policyOf('IpAddress', mask, { Principal: '*' }),
      'Statement Principal must be a list of texts',
    ],
  ])('%s is refused: %s', async (DataProtectionPolicy, reason) => {
    const put = sns.putDataProtectionPolicy({ ResourceArn: await topic(), DataProtectionPolicy })
    await expect(put).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: `Invalid parameter: DataProtectionPolicy Reason: ${reason}`,
    })
  })
})
