import { createHash } from 'node:crypto'
import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { ECR } from '@aws-sdk/client-ecr'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { IAM } from '@aws-sdk/client-iam'
import { SQS } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../../tests/cloud-under-test.ts'

const ACCOUNT = '000000000000'
const DAY_MS = 86_400_000
let under: CloudUnderTest
let ecr: ECR
let origin: string

beforeAll(async () => {
  under = await startCloud()
  ecr = new ECR(under.config())
  origin = await under.kernel.http.listen()
})
afterAll(() => under.stop())

const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no refusal',
    (error: Error) => `${error.name}: ${error.message}`,
  )

const create = async (repositoryName: string, more: object = {}) =>
  (await ecr.createRepository({ repositoryName, ...more })).repository!

const tokenOf = async (client: ECR) =>
  (await client.getAuthorizationToken({})).authorizationData![0]!.authorizationToken!

const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`

/** One request of the registry's own protocol, as Docker makes it. */
async function v2(token: string, method: string, path: string, body?: string, type?: string) {
  const response = await fetch(`${origin}/v2/${path}`, {
    method,
    body,
    headers: {
      authorization: `Basic ${token}`,
      'content-type': type ?? 'application/octet-stream',
    },
  })
  return { status: response.status, text: await response.text(), headers: response.headers }
}

const manifestType = 'application/vnd.oci.image.manifest.v1+json'

function manifestOf(content: string) {
  const config = JSON.stringify({ os: 'linux', architecture: 'amd64', content })
  const describe = (mediaType: string, text: string) => ({
    mediaType,
    digest: digestOf(text),
    size: text.length,
  })
  const text = JSON.stringify({
    schemaVersion: 2,
    mediaType: manifestType,
    config: describe('application/vnd.oci.image.config.v1+json', config),
    layers: [describe('application/vnd.oci.image.layer.v1.tar', content)],
  })
  return { config, text }
}

/** Pushes an image with one layer; gives the answer to its manifest. */
async function push(name: string, tag: string, content: string, token?: string) {
  const credentials = token ?? (await tokenOf(ecr))
  const image = `${ACCOUNT}/${under.cloud.region}/${name}`
  const { config, text } = manifestOf(content)
  for (const blob of [config, content]) {
    const path = `${image}/blobs/uploads/?digest=${digestOf(blob)}`
    const { status, text: told } = await v2(credentials, 'POST', path, blob)
    if (status !== 201) return { status, text: told }
  }
  return v2(credentials, 'PUT', `${image}/manifests/${tag}`, text, manifestType)
}

describe('a repository', () => {
  it('is told as it was made', async () => {
    const { createdAt, ...rest } = await create('told', {
      imageTagMutability: 'IMMUTABLE',
      imageScanningConfiguration: { scanOnPush: true },
      tags: [{ Key: 'team', Value: 'yard' }],
    })
    expect(createdAt).toBeInstanceOf(Date)
    const repositoryArn = `arn:aws:ecr:${under.cloud.region}:${ACCOUNT}:repository/told`
    expect(rest).toEqual({
      repositoryArn,
      registryId: ACCOUNT,
      repositoryName: 'told',
      repositoryUri: `${new URL(origin).host}/${ACCOUNT}/${under.cloud.region}/told`,
      imageTagMutability: 'IMMUTABLE',
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: { encryptionType: 'AES256' },
    })
    const { repositories } = await ecr.describeRepositories({ repositoryNames: ['told'] })
    expect(repositories).toMatchObject([rest])
    await ecr.tagResource({ resourceArn: repositoryArn, tags: [{ Key: 'b', Value: '2' }] })
    await ecr.untagResource({ resourceArn: repositoryArn, tagKeys: ['team'] })
    const { tags } = await ecr.listTagsForResource({ resourceArn: repositoryArn })
    expect(tags).toEqual([{ Key: 'b', Value: '2' }])
  })

  const inRegistry = `in the registry with id '${ACCOUNT}'`
  it.each([
    [
      'a second one of the name',
      () => create('told'),
      `RepositoryAlreadyExistsException: The repository with name 'told' already exists ${inRegistry}`,
    ],
    [
      'one that is not there',
      () => ecr.describeRepositories({ repositoryNames: ['none'] }),
      `RepositoryNotFoundException: The repository with name 'none' does not exist ${inRegistry}`,
    ],
    [
      'a lifecycle policy there is none of',
      () => ecr.getLifecyclePolicy({ repositoryName: 'told' }),
      `LifecyclePolicyNotFoundException: Lifecycle policy does not exist for the repository with name 'told' ${inRegistry}`,
    ],
    [
      'a policy there is none of',
      () => ecr.getRepositoryPolicy({ repositoryName: 'told' }),
      `RepositoryPolicyNotFoundException: Repository policy does not exist for the repository with name 'told' ${inRegistry}`,
    ],
    [
      'a policy of no form',
      () => ecr.setRepositoryPolicy({ repositoryName: 'told', policyText: '{}' }),
      "InvalidParameterException: Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'",
    ],
    [
      'an image that is not there',
      () => ecr.describeImages({ repositoryName: 'told', imageIds: [{ imageTag: 'none' }] }),
      `ImageNotFoundException: The image with imageId {imageDigest:'null', imageTag:'none'} does not exist within the repository with name 'told' ${inRegistry}`,
    ],
  ])('%s is refused', async (_what, call, told) => {
    expect(await refusal(call())).toBe(told)
  })

  it('has no name of another form', async () => {
    expect(await refusal(create('Upper'))).toMatch(/at 'repositoryName' .*'must satisfy regular/)
  })
})

describe('images', () => {
  it('are pushed by the token, told, read and removed', async () => {
    await create('pushed')
    expect(await push('pushed', 'v1', 'first')).toMatchObject({ status: 201 })
    expect(await push('pushed', 'latest', 'second')).toMatchObject({ status: 201 })
    const imageDigest = digestOf(manifestOf('first').text)
    const { imageDetails } = await ecr.describeImages({ repositoryName: 'pushed' })
    expect(imageDetails).toHaveLength(2)
    expect(imageDetails![0]).toMatchObject({
      imageDigest,
      imageTags: ['v1'],
      imageSizeInBytes: 'first'.length,
      imageManifestMediaType: manifestType,
    })
    const { images, failures } = await ecr.batchGetImage({
      repositoryName: 'pushed',
      imageIds: [{ imageTag: 'v1' }, { imageTag: 'none' }],
    })
    expect(images).toMatchObject([{ imageManifest: manifestOf('first').text }])
    expect(failures).toEqual([
      {
        imageId: { imageTag: 'none' },
        failureCode: 'ImageNotFound',
        failureReason: 'Requested image not found',
      },
    ])
    // Another name of the same image, as deployments give it.
    const given = { repositoryName: 'pushed', imageManifest: images![0]!.imageManifest }
    await ecr.putImage({ ...given, imageTag: 'stable' })
    expect(await refusal(ecr.putImage({ ...given, imageTag: 'stable' }))).toMatch(
      /^ImageAlreadyExistsException: Image with digest 'sha256:.*' and tag 'stable' already exists/,
    )
    const { imageIds } = await ecr.batchDeleteImage({
      repositoryName: 'pushed',
      imageIds: [{ imageTag: 'v1' }, { imageTag: 'latest' }],
    })
    expect(imageIds!.map(({ imageTag }) => imageTag)).toEqual(['v1', 'latest'])
    const left = await ecr.listImages({ repositoryName: 'pushed' })
    expect(left.imageIds).toEqual([{ imageDigest, imageTag: 'stable' }])
    expect(await refusal(ecr.deleteRepository({ repositoryName: 'pushed' }))).toBe(
      `RepositoryNotEmptyException: The repository with name 'pushed' in registry with id '${ACCOUNT}' cannot be deleted because it still contains images`,
    )
    await ecr.deleteRepository({ repositoryName: 'pushed', force: true })
    expect((await push('pushed', 'v1', 'first')).text).toContain(
      `The repository with name 'pushed' does not exist in the registry with id '${ACCOUNT}'`,
    )
  })

  it('keep their tags where those are immutable', async () => {
    await create('fixed', { imageTagMutability: 'IMMUTABLE' })
    expect(await push('fixed', 'v1', 'one')).toMatchObject({ status: 201 })
    const again = await push('fixed', 'v1', 'two')
    expect(again.status).toBe(400)
    expect(again.text).toContain(
      "The image tag 'v1' already exists in the 'fixed' repository and cannot be overwritten because the tag is immutable.",
    )
    expect(await push('fixed', 'v2', 'two')).toMatchObject({ status: 201 })
  })

  it('are pushed by whom IAM lets, and by no one with a made-up token', async () => {
    await create('guarded')
    const iam = new IAM(under.config())
    await iam.createUser({ UserName: 'puller' })
    const Statement = [
      { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
      { Effect: 'Allow', Action: ['ecr:BatchGetImage'], Resource: '*' },
    ]
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    await iam.putUserPolicy({ UserName: 'puller', PolicyName: 'p', PolicyDocument })
    const { AccessKey } = await iam.createAccessKey({ UserName: 'puller' })
    const credentials = {
      accessKeyId: AccessKey!.AccessKeyId!,
      secretAccessKey: AccessKey!.SecretAccessKey!,
    }
    const token = await tokenOf(new ECR(under.config(credentials)))
    const denied = await push('guarded', 'v1', 'x', token)
    expect(denied.status).toBe(403)
    expect(denied.text).toContain('is not authorized to perform: ecr:PutImage')
    await push('guarded', 'v1', 'x')
    const path = `${ACCOUNT}/${under.cloud.region}/guarded/manifests/v1`
    expect((await v2(token, 'GET', path)).text).toBe(manifestOf('x').text)
    // Docker changes its token for one of the registry's, and is told the reason all the same.
    const image = `${ACCOUNT}/${under.cloud.region}/none`
    const asked = await fetch(`${origin}/v2/token?scope=repository:${image}:pull,push`, {
      headers: { authorization: `Basic ${token}` },
    })
    const bearer = ((await asked.json()) as { token: string }).token
    const none = await fetch(`${origin}/v2/${image}/manifests/v1`, {
      headers: { authorization: `Bearer ${bearer}` },
    })
    expect(`${none.status} ${await none.text()}`).toMatch(
      /^404 .*"NAME_UNKNOWN".*The repository with name 'none' does not exist/,
    )
    const madeUp = Buffer.from('AWS:v1.nothing').toString('base64')
    expect((await v2(madeUp, 'GET', path)).status).toBe(401)
  })

  it('expire by the lifecycle policy', async () => {
    await create('aging')
    await push('aging', 'old', 'old')
    under.kernel.clock.advance(3 * DAY_MS)
    await push('aging', 'new', 'new')
    const selection = {
      tagStatus: 'any',
      countType: 'sinceImagePushed',
      countUnit: 'days',
      countNumber: 2,
    }
    const policyOf = (one: object) =>
      JSON.stringify({ rules: [{ rulePriority: 1, selection: one, action: { type: 'expire' } }] })
    const repositoryName = 'aging'
    const wrong = policyOf({ ...selection, countType: 'odd' })
    expect(
      await refusal(ecr.putLifecyclePolicy({ repositoryName, lifecyclePolicyText: wrong })),
    ).toMatch(/at 'LifecyclePolicyText' .*'Lifecycle policy validation failure: .*\("odd"\)/)
    const lifecyclePolicyText = policyOf(selection)
    await ecr.putLifecyclePolicy({ repositoryName, lifecyclePolicyText })
    under.kernel.clock.advance(2 * 3_600_000)
    await vi.waitFor(
      async () => {
        const { imageIds } = await ecr.listImages({ repositoryName })
        expect(imageIds!.map(({ imageTag }) => imageTag)).toEqual(['new'])
      },
      { timeout: 90_000, interval: 50 },
    )
  })
})

describe('layers', () => {
  const bytesOf = (text: string) => Buffer.from(text)
  const send = (repositoryName: string, uploadId: string, from: number, text: string) =>
    ecr.uploadLayerPart({
      repositoryName,
      uploadId,
      partFirstByte: from,
      partLastByte: from + text.length - 1,
      layerPartBlob: bytesOf(text),
    })

  it('come in parts without Docker, make an image, and the bus hears of it', async () => {
    const repositoryName = 'layered'
    await create(repositoryName)
    const [events, sqs] = [new EventBridge(under.config()), new SQS(under.config())]
    const { QueueUrl } = await sqs.createQueue({ QueueName: 'pushes' })
    const EventPattern = JSON.stringify({ source: ['aws.ecr'] })
    await events.putRule({ Name: 'pushes', EventPattern })
    const Arn = `arn:aws:sqs:${under.cloud.region}:${ACCOUNT}:pushes`
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: Arn,
        },
      ],
    })
    await sqs.setQueueAttributes({ QueueUrl, Attributes: { Policy } })
    await events.putTargets({ Rule: 'pushes', Targets: [{ Id: 'q', Arn }] })
    const { config, text } = manifestOf('layered')
    for (const blob of [config, 'layered']) {
      const { uploadId, partSize } = await ecr.initiateLayerUpload({ repositoryName })
      expect(partSize).toBe(10_485_760)
      await send(repositoryName, uploadId!, 0, blob.slice(0, 3))
      const part = await send(repositoryName, uploadId!, 3, blob.slice(3))
      expect(part.lastByteReceived).toBe(blob.length - 1)
      const layerDigests = [digestOf(blob)]
      const done = await ecr.completeLayerUpload({ repositoryName, uploadId, layerDigests })
      expect(done.layerDigest).toBe(digestOf(blob))
    }
    const layerDigests = [digestOf('layered'), digestOf('none'), 'odd']
    const held = await ecr.batchCheckLayerAvailability({ repositoryName, layerDigests })
    expect(held.layers!.map(({ layerAvailability }) => layerAvailability)).toEqual([
      'AVAILABLE',
      'UNAVAILABLE',
    ])
    expect(held.failures![0]!.failureCode).toBe('InvalidLayerDigest')
    await ecr.putImage({ repositoryName, imageManifest: text, imageTag: 'one' })
    await ecr.batchDeleteImage({ repositoryName, imageIds: [{ imageDigest: digestOf(text) }] })
    const heard: object[] = []
    await vi.waitFor(
      async () => {
        const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10 })
        heard.push(...Messages.map(({ Body }) => JSON.parse(Body!) as object))
        expect(heard).toHaveLength(2)
      },
      { timeout: 90_000, interval: 50 },
    )
    const about = {
      result: 'SUCCESS',
      'repository-name': repositoryName,
      'image-digest': digestOf(text),
      'image-tag': 'one',
    }
    expect(heard).toEqual(
      expect.arrayContaining(
        ['PUSH', 'DELETE'].map((action) =>
          expect.objectContaining({
            'detail-type': 'ECR Image Action',
            resources: [],
            detail: { ...about, 'action-type': action },
          }),
        ),
      ),
    )
  })

  it('are refused that do not fit', async () => {
    const repositoryName = 'unfit'
    await create(repositoryName)
    const { uploadId = '' } = await ecr.initiateLayerUpload({ repositoryName })
    const complete = (text: string, id = uploadId) =>
      ecr.completeLayerUpload({ repositoryName, uploadId: id, layerDigests: [digestOf(text)] })
    expect(await refusal(complete('a'))).toMatch(/^EmptyUploadException/)
    await send(repositoryName, uploadId, 0, 'abcd')
    await expect(send(repositoryName, uploadId, 8, 'efgh')).rejects.toMatchObject({
      name: 'InvalidLayerPartException',
      lastValidByteReceived: 3,
    })
    const unknown = crypto.randomUUID()
    expect(await refusal(send(repositoryName, unknown, 0, 'a'))).toMatch(/^UploadNotFoundException/)
    expect(await refusal(complete('other'))).toMatch(/^InvalidLayerException/)
    expect(await refusal(complete('abcd'))).toMatch(/^UploadNotFoundException/)
  })
})

it('takes a policy of whole statements, which may share an id', async () => {
  const repositoryName = 'ruled'
  await create(repositoryName)
  const put = (...more: object[]) => {
    const Statement = more.map((one) => ({ Sid: 'same', Effect: 'Allow', ...one }))
    const policyText = JSON.stringify({ Version: '2008-10-17', Statement })
    return refusal(ecr.setRepositoryPolicy({ repositoryName, policyText }))
  }
  const whole = { Principal: '*', Action: 'ecr:ListImages' }
  expect(await put(whole, whole)).toBe('no refusal')
  await ecr.listImages({ repositoryName })
  for (const odd of [{}, { Principal: '*' }, { Action: 'ecr:*' }, { ...whole, Effect: 'Maybe' }]) {
    expect(await put(odd)).toBe(
      "InvalidParameterException: Invalid parameter at 'PolicyText' failed to satisfy " +
        "constraint: 'Invalid repository policy provided'",
    )
  }
})

it('a stack makes a repository, changes and removes it', async () => {
  const stacks = new CloudFormation(under.config())
  const template = (ImageTagMutability: string) =>
    JSON.stringify({
      Resources: {
        Repo: {
          Type: 'AWS::ECR::Repository',
          Properties: { RepositoryName: 'of-stack', ImageTagMutability, EmptyOnDelete: true },
        },
      },
      Outputs: { Uri: { Value: { 'Fn::GetAtt': ['Repo', 'RepositoryUri'] } } },
    })
  const StackName = 'repos'
  const becomes = (status: string) =>
    vi.waitFor(
      async () => {
        const { Stacks } = await stacks.describeStacks({ StackName })
        expect(Stacks![0]!.StackStatus).toBe(status)
        return Stacks![0]!
      },
      { timeout: 90_000, interval: 20 },
    )
  await stacks.createStack({ StackName, TemplateBody: template('MUTABLE') })
  const { Outputs } = await becomes('CREATE_COMPLETE')
  expect(Outputs![0]!.OutputValue).toMatch(/\/of-stack$/)
  await stacks.updateStack({ StackName, TemplateBody: template('IMMUTABLE') })
  await becomes('UPDATE_COMPLETE')
  const { repositories } = await ecr.describeRepositories({ repositoryNames: ['of-stack'] })
  expect(repositories![0]!.imageTagMutability).toBe('IMMUTABLE')
  await push('of-stack', 'v1', 'x')
  await stacks.deleteStack({ StackName })
  await vi.waitFor(
    async () => {
      const found = ecr.describeRepositories({ repositoryNames: ['of-stack'] })
      expect(await refusal(found)).toMatch(/^RepositoryNotFoundException/)
    },
    { timeout: 90_000, interval: 50 },
  )
})
