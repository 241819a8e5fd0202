import { randomUUID } from 'node:crypto'
import { newMaterial } from './material.ts'
import type { Key, Place } from './model.ts'
import type { KmsParts } from './parts.ts'

/** Services whose `alias/aws/<service>` there is in every account. */
export const managedServices = new Set(
  (
    'acm backup cloud9 codeartifact codecommit codewhisperer connect dms dynamodb ebs ecr ' +
    'elasticfilesystem es fsx glue kafka kinesis kinesisvideo lambda lex lightsail logs mq rds ' +
    'redshift s3 secretsmanager sns sqs ssm workspaces xray'
  ).split(' '),
)

/** What a service's key protects, where that is not its "<service> data". */
const guarded: Partial<Record<string, string>> = {
  acm: 'ACM private keys',
  backup: 'Backup data',
  codecommit: 'CodeCommit repositories',
  dynamodb: 'DynamoDB data',
  ebs: 'EBS volumes',
  ecr: 'ECR data',
  elasticfilesystem: 'EFS filesystems',
  es: 'OpenSearch data',
  glue: 'Glue data',
  kinesis: 'Kinesis data',
  lambda: 'Lambda functions',
  lightsail: 'Lightsail signing keys',
  rds: 'RDS database volumes',
  redshift: 'Redshift clusters',
  s3: 'S3 objects',
  secretsmanager: 'Secrets Manager data',
  sns: 'SNS data',
  sqs: 'SQS messages',
  ssm: 'SSM parameters',
}

const making = new Map<string, Promise<Key>>()

const A_YEAR_DAYS = 365
const DAY_MS = 86_400_000

/** Makes an AWS managed key and its alias; two that ask at once get the same. */
export function makeManaged(
  parts: KmsParts,
  place: Place,
  service: string,
  now: number,
): Promise<Key> {
  const id = `${parts.deps.kernel.config.home}/${place.account}/${place.region}/${service}`
  const known = making.get(id)
  if (known) return known
  const made = make(parts, place, service, now).finally(() => making.delete(id))
  making.set(id, made)
  return made
}

async function make(parts: KmsParts, place: Place, service: string, now: number): Promise<Key> {
  const id = randomUUID()
  const name = `alias/aws/${service}`
  const { account, region } = place
  const facts = { id, spec: 'SYMMETRIC_DEFAULT' }
  const material = await newMaterial(parts.deps.kernel.secrets, facts, { createdAtMs: now })
  const key: Key = {
    ...facts,
    account,
    region,
    createdAtMs: now,
    description: `Default key that protects my ${guarded[service] ?? `${service} data`} when no other key is defined`,
    usage: 'ENCRYPT_DECRYPT',
    origin: 'AWS_KMS',
    managedFor: service,
    enabled: true,
    policy: managedPolicy(place, service),
    tags: {},
    materials: [material],
    currentMaterialId: material.id,
    rotation: { periodDays: A_YEAR_DAYS, nextAtMs: now + A_YEAR_DAYS * DAY_MS },
  }
  await parts.store.saveManaged(key, {
    account,
    region,
    name,
    targetId: id,
    createdAtMs: now,
    updatedAtMs: now,
  })
  return key
}

/** As AWS writes it: everybody of the account through the service, nobody past it. */
function managedPolicy({ account, region }: Place, service: string): string {
  const through = { 'kms:CallerAccount': account, 'kms:ViaService': viaService(service, region) }
  const policy = {
    Version: '2012-10-17',
    Id: `auto-${service}-2`,
    Statement: [
      {
        Sid: `Allow access through ${service} for all principals in the account that are authorized to use ${service}`,
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: [
          'kms:Encrypt',
          'kms:Decrypt',
          'kms:ReEncrypt*',
          'kms:GenerateDataKey*',
          'kms:CreateGrant',
          'kms:DescribeKey',
        ],
        Resource: '*',
        Condition: { StringEquals: through },
      },
      {
        Sid: 'Allow direct access to key metadata to the account',
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${account}:root` },
        Action: ['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:RevokeGrant'],
        Resource: '*',
      },
    ],
  }
  return JSON.stringify(policy)
}

export const viaService = (service: string, region: string) => `${service}.${region}.amazonaws.com`
