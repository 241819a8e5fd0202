import { AwsError, collect, type Operations, type S3 } from '../../gateway/index.ts'
import { wholeSecond } from '../../whole-second.ts'
import { inTheClear, keptBy, sumsOf } from './annotation-bytes.ts'
import { checkAnnotation, checkAnnotationName, checkAnnotationSize } from './annotation-input.ts'
import { readClaims, settleClaims, shownChecksums } from './checksums.ts'
import { commit } from './commit.ts'
import { shownEncryption } from './encryption.ts'
import { mostOf } from './list-limits.ts'
import { continuationToken, readToken } from './listing-form.ts'
import { type Bucket, type ObjectVersion, quoted } from './model.ts'
import { checkRemovable } from './object-lock.ts'
import { bucketOf, lockKey, objectToTell, type S3Parts, shownVersion } from './parts.ts'
import { preconditionFailed } from './refusals.ts'
import type { Annotation, AnnotationFacts } from './store-annotations.ts'

// "Annotating your objects": named texts beside an object, changed without touching it.

const MOST_ANNOTATIONS = 1000

interface PlaceInput {
  Bucket: string | undefined
  Key: string | undefined
  VersionId?: string | undefined
  ExpectedBucketOwner?: string | undefined
}

async function annotated(parts: S3Parts, input: PlaceInput, method: 'GET' | 'PUT' | 'DELETE') {
  const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
  const version = await objectToTell(parts, bucket, input.Key ?? '', input.VersionId, method)
  return { bucket, version }
}

/** With nobody else at the key meanwhile. */
const alone = <R>({ locks }: S3Parts, { Bucket, Key }: PlaceInput, run: () => Promise<R>) =>
  locks.alone(lockKey(Bucket ?? '', Key ?? ''), run)

export function annotationOperations(parts: S3Parts) {
  return {
    ...annotationChanges(parts),
    async GetObjectAnnotation(input, ctx) {
      const name = checkAnnotationName(input.AnnotationName)
      const { bucket, version } = await annotated(parts, input, 'GET')
      const annotation = await parts.annotations.get(version, name)
      if (!annotation) throw noSuchAnnotation()
      const wantsSums = input.ChecksumMode?.toUpperCase() === 'ENABLED'
      return {
        AnnotationPayload: (await inTheClear(bucket, version, annotation, ctx)) as never,
        ContentLength: annotation.sizeBytes,
        LastModified: new Date(annotation.modifiedAt),
        ...shownOf(bucket, version, annotation),
        ...(wantsSums && shownChecksums(annotation.checksums)),
      }
    },
    async ListObjectAnnotations(input) {
      const { AnnotationPrefix = '', ContinuationToken } = input
      const most = mostOf('max-annotation-results', input.MaxAnnotationResults)
      const { bucket, version } = await annotated(parts, input, 'GET')
      const after = ContinuationToken ? Buffer.from(readToken(ContinuationToken)) : undefined
      const rest = (await parts.annotations.list(version)).filter(
        ({ name }) =>
          name.startsWith(AnnotationPrefix) &&
          (!after || Buffer.compare(Buffer.from(name), after) > 0),
      )
      const page = rest.slice(0, most)
      const last = page.at(-1)
      return {
        Annotations: page.map(entryOf),
        Bucket: bucket.name,
        Key: version.key,
        ObjectVersionId: shownVersion(bucket, version.versionId),
        AnnotationPrefix: input.AnnotationPrefix,
        MaxAnnotationResults: most,
        AnnotationCount: page.length,
        ContinuationToken,
        NextContinuationToken:
          last && rest.length > page.length ? continuationToken(last.name) : undefined,
      }
    },
  } satisfies Operations<S3>
}

function annotationChanges(parts: S3Parts) {
  return {
    async PutObjectAnnotation(input, ctx) {
      const name = checkAnnotationName(input.AnnotationName)
      checkAnnotationSize(ctx)
      const claims = readClaims(input, ctx)
      const bytes = checkAnnotation(await collect(input.AnnotationPayload))
      const checksums = settleClaims(claims, await sumsOf(bytes, claims.compute))
      return alone(parts, input, async () => {
        const { bucket, version } = await annotated(parts, input, 'PUT')
        checkMatch(version, input.ObjectIfMatch)
        await checkCount(parts, version, name)
        const facts = { name, sizeBytes: bytes.length, checksums, modifiedAt: ctx.now }
        const annotation = { ...facts, ...(await keptBy(bucket, version, bytes, ctx)) }
        await commit(parts, parts.annotations.put(version, annotation), [])
        return {
          Key: version.key,
          AnnotationName: name,
          ...shownOf(bucket, version, annotation),
          ...shownChecksums(checksums),
        }
      })
    },
    DeleteObjectAnnotation: (input, ctx) =>
      alone(parts, input, async () => {
        const { bucket, version } = await annotated(parts, input, 'DELETE')
        checkMatch(version, input.ObjectIfMatch)
        checkRemovable(version, false, ctx.now)
        await commit(parts, parts.annotations.remove(version, input.AnnotationName ?? ''), [])
        return { ObjectVersionId: shownVersion(bucket, version.versionId) }
      }),
  } satisfies Operations<S3>
}

function checkMatch({ etag }: ObjectVersion, wanted: string | undefined): void {
  if (wanted === undefined || wanted.replaceAll('"', '') === etag) return
  throw preconditionFailed('x-amz-object-if-match')
}

async function checkCount(parts: S3Parts, version: ObjectVersion, name: string): Promise<void> {
  const others = (await parts.annotations.list(version)).filter((each) => each.name !== name)
  if (others.length < MOST_ANNOTATIONS) return
  const message = 'The request would exceed the maximum number of annotations allowed per object.'
  throw new AwsError('AnnotationLimitExceeded', message)
}

const noSuchAnnotation = () =>
  new AwsError('NoSuchAnnotation', 'The specified annotation does not exist on this object.')

/** What each answer about one says besides its checksums. */
const shownOf = (bucket: Bucket, version: ObjectVersion, { etag }: Pick<Annotation, 'etag'>) => ({
  ObjectVersionId: shownVersion(bucket, version.versionId),
  ETag: quoted(etag),
  ServerSideEncryption: shownEncryption(version.meta.sealing, {}).ServerSideEncryption,
})

const entryOf = ({ name, sizeBytes, etag, checksums, modifiedAt }: AnnotationFacts) => ({
  AnnotationName: name,
  LastModified: wholeSecond(modifiedAt),
  ETag: quoted(etag),
  ChecksumAlgorithm: Object.keys(checksums.values) as 'CRC32'[],
  Size: sizeBytes,
})
