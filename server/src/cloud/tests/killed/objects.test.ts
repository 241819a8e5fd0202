import { createHash, randomBytes } from 'node:crypto'
import { S3 } from '@aws-sdk/client-s3'
import { expect, test } from 'vitest'
import { live, Living, type Pick } from './living.ts'

let s3: S3

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex').slice(0, 16)

/** In its row, in a blob, or nothing at all. */
const bytesOf = (pick: Pick) => randomBytes([0, 10, 3000, 65_536, 65_537, 300_000][pick(6)]!)

async function read(Bucket: string, Key: string, VersionId?: string): Promise<string> {
  const { Body } = await s3.getObject({ Bucket, Key, VersionId })
  return hash(await Body!.transformToByteArray())
}

async function putInParts(
  Bucket: string,
  Key: string,
  Body: Uint8Array,
): Promise<string | undefined> {
  const { UploadId } = await s3.createMultipartUpload({ Bucket, Key })
  const { ETag } = await s3.uploadPart({ Bucket, Key, UploadId, PartNumber: 7, Body })
  const MultipartUpload = { Parts: [{ ETag, PartNumber: 7 }] }
  return (await s3.completeMultipartUpload({ Bucket, Key, UploadId, MultipartUpload })).VersionId
}

const plain = 'plain'

/** A key of a bucket without versions: what it holds, or nothing. */
class PlainKey extends Living {
  readonly #key: string

  constructor(key: string) {
    super('')
    this.#key = key
  }

  async step(pick: Pick): Promise<void> {
    const at = { Bucket: plain, Key: this.#key }
    const kind = pick(8)
    const Body = bytesOf(pick)
    if (kind < 2) await this.change('', () => s3.deleteObject(at))
    else if (kind === 2) {
      const Delete = { Objects: [{ Key: this.#key }] }
      await this.change('', () => s3.deleteObjects({ Bucket: plain, Delete }))
    } else if (kind === 3) {
      await this.change(hash(Body), () => putInParts(plain, this.#key, Body))
    } else if (kind === 4 && this.sure !== '') {
      const CopySource = `${plain}/${encodeURIComponent(this.#key)}`
      const MetadataDirective = 'REPLACE' as const
      await this.change(this.sure, () => s3.copyObject({ ...at, CopySource, MetadataDirective }))
    } else await this.change(hash(Body), () => s3.putObject({ ...at, Body }))
  }

  async observe(): Promise<string> {
    const { Contents } = await s3.listObjectsV2({ Bucket: plain, Prefix: this.#key })
    const listed = Contents?.find(({ Key }) => Key === this.#key)
    if (listed) return read(plain, this.#key)
    await expect(read(plain, this.#key)).rejects.toThrow(/The specified key does not exist/)
    return ''
  }
}

const versioned = 'versioned'

/** A key with versions: their contents, the newest first, markers as such. */
class VersionedKey extends Living {
  readonly #key: string
  /** Beside the state: the id of each version in it. */
  #ids: string[] = []

  constructor(key: string) {
    super('')
    this.#key = key
  }

  get #versions(): string[] {
    return this.sure === '' ? [] : this.sure.split(' ')
  }

  async step(pick: Pick): Promise<void> {
    const at = { Bucket: versioned, Key: this.#key }
    const kind = pick(6)
    const versions = this.#versions
    if (kind === 0) {
      const next = ['marker', ...versions].join(' ')
      const { VersionId } = await this.change(next, () => s3.deleteObject(at))
      this.#ids.unshift(VersionId!)
    } else if (kind < 3 && versions.length > 0) {
      const n = pick(versions.length)
      const next = versions.toSpliced(n, 1).join(' ')
      const VersionId = this.#ids[n]!
      await this.change(next, () => s3.deleteObject({ ...at, VersionId }))
      this.#ids.splice(n, 1)
    } else {
      const Body = bytesOf(pick)
      const next = [hash(Body), ...versions].join(' ')
      const id = await this.change(next, async () =>
        kind === 3
          ? putInParts(versioned, this.#key, Body)
          : (await s3.putObject({ ...at, Body })).VersionId,
      )
      this.#ids.unshift(id!)
    }
  }

  async observe(): Promise<string> {
    const page = await s3.listObjectVersions({ Bucket: versioned, Prefix: this.#key })
    const markers = (page.DeleteMarkers ?? []).map((one) => ({ ...one, isMarker: true }))
    const found = [...(page.Versions ?? []).map((one) => ({ ...one, isMarker: false })), ...markers]
      .filter(({ Key }) => Key === this.#key)
      .sort((a, b) => Number(b.LastModified) - Number(a.LastModified))
    const texts = new Map<string, string>()
    for (const { VersionId, isMarker } of found) {
      texts.set(VersionId!, isMarker ? 'marker' : await read(versioned, this.#key, VersionId))
    }
    // LastModified has whole seconds: the order is that of the ids we were told, what is new first.
    const told = this.#ids.filter((id) => texts.has(id))
    const untold = [...texts.keys()].filter((id) => !told.includes(id))
    this.#ids = [...untold, ...told]
    const latest = found.find(({ IsLatest }) => IsLatest)?.VersionId
    expect([latest, found.filter(({ IsLatest }) => IsLatest).length]).toEqual(
      this.#ids.length > 0 ? [this.#ids[0], 1] : [undefined, 0],
    )
    return this.#ids.map((id) => texts.get(id)!).join(' ')
  }
}

test('objects and their versions, over kill -9', async () => {
  const living = [
    ...Array.from({ length: 8 }, (_, n) => new PlainKey(`폴더/k${n}`)),
    ...Array.from({ length: 8 }, (_, n) => new VersionedKey(`v${n}`)),
  ]
  await live({
    steps: 160,
    async begin(cloud, life) {
      s3 = cloud.client(S3)
      if (life > 0) return living
      await s3.createBucket({ Bucket: plain })
      await s3.createBucket({ Bucket: versioned })
      const VersioningConfiguration = { Status: 'Enabled' as const }
      await s3.putBucketVersioning({ Bucket: versioned, VersioningConfiguration })
      return living
    },
  })
})
