export interface AwsErrorOptions {
  /** HTTP status; default: what the service's schema says of this error, else 400. */
  status?: number
  /** Whose fault; default: the schema's word, else the client's below 500. */
  fault?: 'client' | 'server'
  /** Further modelled members of the error shape (S3: extra elements, e.g. BucketName). */
  members?: Record<string, unknown>
  headers?: Record<string, string>
  /** What JSON protocols call it in `__type`, where no shape does and it isn't the code (SQS). */
  typeName?: string
}

/**
 * A refusal in AWS's terms. `code` is the error shape's name (`NoSuchBucket`, `QueueDoesNotExist`)
 * or its query-protocol code; each protocol puts it into its own form once, at the edge.
 */
export class AwsError extends Error {
  readonly code: string
  readonly status: number | undefined
  readonly fault: 'client' | 'server' | undefined
  readonly members: Record<string, unknown>
  readonly headers: Record<string, string>
  readonly typeName: string | undefined

  constructor(code: string, message: string, options: AwsErrorOptions = {}) {
    super(message)
    this.name = code
    this.code = code
    this.status = options.status
    this.fault = options.fault
    this.members = options.members ?? {}
    this.headers = options.headers ?? {}
    this.typeName = options.typeName
  }
}
