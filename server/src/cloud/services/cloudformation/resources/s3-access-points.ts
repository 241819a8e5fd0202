import type { Aws } from '../../../gateway/index.ts'
import type { Structure } from '../model.ts'
import { document, shaped, text } from './property.ts'
import { changes, makeOnce, type Providers, type ResourceContext, unlessGone } from './provider.ts'

type CreateInput = Parameters<Aws['s3control']['createAccessPoint']>[0]

const GONE = ['NoSuchAccessPoint', 'NoSuchAccessPointPolicy']

async function settlePolicy(context: ResourceContext, Name: string, next: Structure, had: boolean) {
  const { s3control } = context.aws
  const address = { AccountId: context.account, Name }
  const policy = next['Policy']
  if (policy !== undefined) {
    await s3control.putAccessPointPolicy({ ...address, Policy: document(policy) })
  } else if (had) await unlessGone(GONE, () => s3control.deleteAccessPointPolicy(address))
}

async function outcome({ aws, account, region }: ResourceContext, Name: string) {
  const { Alias = '', NetworkOrigin = '' } = await aws.s3control.getAccessPoint({
    AccountId: account,
    Name,
  })
  const Arn = `arn:aws:s3:${region}:${account}:accesspoint/${Name}`
  return { physicalId: Name, attributes: { Alias, Arn, Name, NetworkOrigin } }
}

export const s3AccessPointProviders: Providers = {
  'AWS::S3::AccessPoint': {
    properties: {
      ...changes(
        'replace',
        'Bucket BucketAccountId Name PublicAccessBlockConfiguration VpcConfiguration',
      ),
      ...changes('update', 'Policy'),
    },
    required: ['Bucket'],
    attributes: ['Alias', 'Arn', 'Name', 'NetworkOrigin'],
    async create(context, properties) {
      const given = context.physicalId ?? text(properties['Name'])
      const Name = given ?? context.physicalName(50, { lowerCase: true })
      await makeOnce(context, Name, ['AccessPointAlreadyOwnedByYou'], () =>
        context.aws.s3control.createAccessPoint({
          AccountId: context.account,
          Name,
          Bucket: text(properties['Bucket']),
          BucketAccountId: text(properties['BucketAccountId']),
          VpcConfiguration: shaped<CreateInput['VpcConfiguration'] & object>(
            properties['VpcConfiguration'],
          ),
          PublicAccessBlockConfiguration: shaped<object>(
            properties['PublicAccessBlockConfiguration'],
            {
              flags: [
                'BlockPublicAcls',
                'BlockPublicPolicy',
                'IgnorePublicAcls',
                'RestrictPublicBuckets',
              ],
            },
          ),
        }),
      )
      await settlePolicy(context, Name, properties, false)
      return outcome(context, Name)
    },
    async update(context, Name, next, before) {
      await settlePolicy(context, Name, next, before['Policy'] !== undefined)
      return outcome(context, Name)
    },
    async delete({ aws, account }, Name) {
      await unlessGone(GONE, () => aws.s3control.deleteAccessPoint({ AccountId: account, Name }))
    },
  },
}
