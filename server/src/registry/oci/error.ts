/** Codes of the OCI distribution specification 1.1 (and Docker's `UNSUPPORTED` and `UNKNOWN`), each with its usual status. */
export const ociStatus = {
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_INVALID: 400,
  BLOB_UPLOAD_UNKNOWN: 404,
  DENIED: 403,
  DIGEST_INVALID: 400,
  MANIFEST_BLOB_UNKNOWN: 404,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  SIZE_INVALID: 400,
  /** Amazon ECR's. */
  TAG_INVALID: 400,
  TOOMANYREQUESTS: 429,
  UNAUTHORIZED: 401,
  UNKNOWN: 500,
  UNSUPPORTED: 405,
} as const

export type OciCode = keyof typeof ociStatus

/** A refusal in the form that registry clients read: `{errors: [{code, message, detail}]}`. */
export class OciError extends Error {
  readonly code: OciCode
  readonly status: number
  readonly detail: unknown
  readonly headers: Record<string, string>

  constructor(
    code: OciCode,
    message: string,
    more: { status?: number; detail?: unknown; headers?: Record<string, string> } = {},
  ) {
    super(message)
    this.name = 'OciError'
    this.code = code
    this.status = more.status ?? ociStatus[code]
    this.detail = more.detail
    this.headers = more.headers ?? {}
  }

  body(): string {
    const { code, message, detail } = this
    return JSON.stringify({ errors: [{ code, message, detail }] })
  }
}
