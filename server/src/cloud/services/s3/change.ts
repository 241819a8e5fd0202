import type { RequestContext } from '../../gateway/index.ts'
import type { ObjectMeta } from './model.ts'

/** Something that happened to an object, in the words of S3's event names. */
export interface ObjectChange {
  /** `ObjectCreated:Put`; without the `s3:` before it. */
  event: string
  key: string
  /** As it is stored; told only where the bucket has versions. */
  versionId: string
  sizeBytes?: number
  /** Without quotation marks. */
  etag?: string
  meta?: ObjectMeta
  /** Further members of the record, beside `s3`. */
  more?: object
}

/** Who did it, as far as those told about it are to know. */
export type Actor = Pick<RequestContext, 'principal' | 'requestId' | 'now'> & {
  http: Pick<RequestContext['http'], 'sourceIp'> & Partial<Pick<RequestContext['http'], 'headers'>>
}
