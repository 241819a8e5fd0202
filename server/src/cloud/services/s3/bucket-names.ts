import { badBucketName, invalidArgument, refusal } from './refusals.ts'

// "General purpose bucket naming rules" in the S3 user guide.
const reserved = [
  /^xn--/,
  /^sthree-/,
  /^amzn-s3-demo-/,
  /-s3alias$/,
  /--ol-s3$/,
  /\.mrap$/,
  /--x-s3$/,
  /--table-s3$/,
]

export const isBucketName = (name: string): boolean =>
  /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
  !name.includes('..') &&
  !/^\d+\.\d+\.\d+\.\d+$/.test(name) &&
  !reserved.some((pattern) => pattern.test(name))

export function checkBucketName(name: string | undefined): string {
  if (name !== undefined && isBucketName(name)) return name
  throw badBucketName(name ?? '')
}

/** "Account regional namespace": names that only this account can take, in one region. */
export function checkNamespace(
  namespace: string | undefined,
  name: string,
  account: string,
  region: string,
): void {
  const header = 'x-amz-bucket-namespace'
  if (namespace !== undefined && namespace !== 'global' && namespace !== 'account-regional') {
    throw invalidArgument(header, namespace, `Invalid ${header} header: ${namespace}`)
  }
  const suffix = `-${account}-${region}-an`
  if (namespace !== 'account-regional' || name.endsWith(suffix)) return
  throw refusal(
    'InvalidNamespaceHeader',
    400,
    `The requested bucket name did not include the account-regional namespace suffix, but the provided ${header} header value is account-regional. Specify ${suffix} as the bucket name suffix to create a bucket in your account-regional namespace, or remove the header.`,
  )
}
