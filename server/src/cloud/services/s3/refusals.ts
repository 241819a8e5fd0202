import { AwsError } from '../../gateway/index.ts'

// S3's errors with their texts and elements as the service gives them ("Error responses", S3 API
// reference; texts as observed).

type Members = Record<string, unknown>

const refusal = (code: string, status: number, message: string, members: Members = {}) =>
  new AwsError(code, message, { status, members })

export const noSuchBucket = (BucketName: string) =>
  refusal('NoSuchBucket', 404, 'The specified bucket does not exist', { BucketName })

export const badBucketName = (BucketName: string) =>
  refusal('InvalidBucketName', 400, 'The specified bucket is not valid.', { BucketName })

export const noSuchKey = (Key: string) =>
  refusal('NoSuchKey', 404, 'The specified key does not exist.', { Key })

export const noSuchVersion = (Key: string, VersionId: string) =>
  refusal('NoSuchVersion', 404, 'The specified version does not exist.', { Key, VersionId })

export const noSuchUpload = (UploadId: string) =>
  refusal(
    'NoSuchUpload',
    404,
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    { UploadId },
  )

export const invalidArgument = (
  ArgumentName: string,
  ArgumentValue: string | undefined,
  message: string,
) => refusal('InvalidArgument', 400, message, { ArgumentName, ArgumentValue })

export const invalidRequest = (message: string) => refusal('InvalidRequest', 400, message)

export const malformedXml = () =>
  refusal(
    'MalformedXML',
    400,
    'The XML you provided was not well-formed or did not validate against our published schema',
  )

export const preconditionFailed = (Condition: string) =>
  refusal(
    'PreconditionFailed',
    412,
    'At least one of the pre-conditions you specified did not hold',
    { Condition },
  )

export const accessDenied = (message = 'Access Denied') => refusal('AccessDenied', 403, message)

/** What no policy gives to those who don't sign. */
export const notAnonymously = (what: string) =>
  accessDenied(`Anonymous users cannot ${what}. Please authenticate.`)

export const badDigest = (algorithm: string, members: Members = {}) =>
  refusal(
    'BadDigest',
    400,
    `The ${algorithm} you specified did not match ${algorithm === 'Content-MD5' ? 'what we received.' : 'the calculated checksum.'}`,
    members,
  )

/** Sums of another algorithm than the upload was begun with; `null` where it was with none. */
export const otherChecksum = (expected: string, actual: string) =>
  invalidRequest(
    `Checksum Type mismatch occurred, expected checksum Type: ${expected.toLowerCase()}, actual checksum Type: ${actual.toLowerCase()}`,
  )

/** What exists at AWS and isn't carried out here. */
export const notCarriedOut = (what: string) =>
  refusal('NotImplemented', 501, `${what} is not implemented by Madang.`)

export { refusal }
