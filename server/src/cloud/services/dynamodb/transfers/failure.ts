import { AwsError } from '../../../gateway/index.ts'

interface Failure {
  FailureCode: string
  FailureMessage: string
}

/** The objects could not be reached at all. */
export const isOfSource = ({ FailureCode: code }: Failure): boolean => code.startsWith('S3')

/** What S3 refused (`S3NoSuchBucket`) or what could not be expanded, as the description tells it. */
export function failureOf(error: unknown): Failure {
  if (error instanceof AwsError) {
    return { FailureCode: `S3${error.code}`, FailureMessage: error.message }
  }
  const { code, message } = error as NodeJS.ErrnoException
  // zlib's own codes begin with its letter: Z_DATA_ERROR, ZSTD_error_….
  if (code?.startsWith('Z')) return { FailureCode: 'DecompressionError', FailureMessage: message }
  throw error
}
