import type { CloudOverview } from '@madang/api'

export const connectKinds = ['shell', 'profile', 'sdk', 'terraform'] as const
export type ConnectKind = (typeof connectKinds)[number]

/** What to paste so that a client talks to this cloud instead of AWS. */
export function connectText(kind: ConnectKind, cloud: CloudOverview): string {
  const given = Object.fromEntries(cloud.environment.map(({ name, value }) => [name, value]))
  const key = given['AWS_ACCESS_KEY_ID'] ?? ''
  const secret = given['AWS_SECRET_ACCESS_KEY'] ?? ''
  return { shell, profile, sdk, terraform }[kind](cloud, key, secret)
}

function shell({ environment }: CloudOverview): string {
  const lines = environment.map(({ name, value }) => `export ${name}=${quoted(value)}`)
  return [...lines, '', 'aws s3 ls'].join('\n')
}

const quoted = (value: string) => (/^[\w@%+=:,./-]+$/.test(value) ? value : `'${value}'`)

function profile(cloud: CloudOverview, key: string, secret: string): string {
  return `# ~/.aws/config
[profile madang]
region = ${cloud.region}
endpoint_url = ${cloud.endpointUrl}

# ~/.aws/credentials
[madang]
aws_access_key_id = ${key}
aws_secret_access_key = ${secret}`
}

function sdk(cloud: CloudOverview, key: string, secret: string): string {
  return `import { S3Client } from '@aws-sdk/client-s3'

const s3 = new S3Client({
  endpoint: '${cloud.endpointUrl}',
  region: '${cloud.region}',
  forcePathStyle: true,
  credentials: { accessKeyId: '${key}', secretAccessKey: '${secret}' },
})`
}

function terraform(cloud: CloudOverview, key: string, secret: string): string {
  const names = ['cloudformation', 'cloudwatch', 'iam', 'lambda', 'logs', 's3', 'sts']
  const known = names.filter((name) => cloud.services.some(({ id }) => id === name))
  const width = Math.max(...known.map((name) => name.length))
  const endpoints = known.map((name) => `    ${name.padEnd(width)} = "${cloud.endpointUrl}"`)
  return `provider "aws" {
  region                      = "${cloud.region}"
  access_key                  = "${key}"
  secret_key                  = "${secret}"
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true

  endpoints {
${endpoints.join('\n')}
  }
}`
}
