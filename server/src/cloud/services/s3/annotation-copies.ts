import type { RequestContext } from '../../gateway/index.ts'
import { inTheClear, noAnnotations, sealedAnnotation } from './annotation-bytes.ts'
import type { Bucket, ObjectVersion, Sealing } from './model.ts'
import type { S3Parts } from './parts.ts'
import { invalidArgument, notCarriedOut } from './refusals.ts'
import type { Seal } from './seal.ts'
import type { Annotation, Carried } from './store-annotations.ts'

/** What is encrypted anew passes through memory. */
const MOST_SEALED_BYTES = 64 * 1024 * 1024

interface Copy {
  directive: string | undefined
  from: Bucket
  source: ObjectVersion
  to: { bucket: string; key: string }
  encryption: { seal: Seal; sealing: Sealing } | undefined
}

/** Whether a copy takes the source's annotations along ("CopyObject", by default it does). */
export function takesAnnotations(directive: string | undefined): boolean {
  if (directive === undefined || directive === 'COPY') return true
  if (directive === 'EXCLUDE') return false
  const header = 'x-amz-object-annotation-directive'
  throw invalidArgument(header, directive, 'Unknown annotation directive.')
}

/** The source's annotations for the object that is about to be written; nothing where it has none. */
export async function carriedAnnotations(
  { annotations }: Pick<S3Parts, 'annotations'>,
  { directive, from, source, to, encryption }: Copy,
  ctx: RequestContext,
): Promise<Carried | undefined> {
  if (!takesAnnotations(directive)) return undefined
  const facts = await annotations.list(source)
  if (facts.length === 0) return undefined
  if (encryption?.sealing.as === 'SSE-C') throw noAnnotations()
  if (!encryption && !source.meta.sealing) return annotations.carry(source, to, ctx.now)
  const sizeBytes = facts.reduce((sum, each) => sum + each.sizeBytes, 0)
  if (sizeBytes > MOST_SEALED_BYTES) {
    throw notCarriedOut('Copying more than 64 MiB of annotations of an encrypted object')
  }
  const anew: Annotation[] = []
  for (const { name } of facts) {
    const found = await annotations.get(source, name)
    if (!found) continue
    const bytes = await inTheClear(from, source, found, ctx)
    const { iv: _iv, ...kept } = found
    anew.push({ ...kept, ...sealedAnnotation(bytes, encryption?.seal.key), modifiedAt: ctx.now })
  }
  return annotations.lay(anew, to)
}
