import { badBucketName } from './refusals.ts'

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
