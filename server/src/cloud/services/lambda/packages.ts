import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Aws } from '../../gateway/index.ts'
import { AwsError, collect } from '../../gateway/index.ts'
import type { Kernel, OwnedBlobs, Transaction } from '../../../kernel/index.ts'
import { checkZip, layOver, unpack } from './code.ts'
import type { LambdaTables } from './migrations.ts'
import { invalidValue } from './model.ts'
import { keptBlobs, type VersionRow, versionFind, versionUpdate } from './store.ts'

/** A deployment package that was checked and stored. */
export interface StoredCode {
  code_blob: string
  code_sha256: string
  code_bytes: number
}

/** Where a package comes from, as CreateFunction and UpdateFunctionCode name it. */
export interface CodeSource {
  ZipFile?: Uint8Array | undefined
  S3Bucket?: string | undefined
  S3Key?: string | undefined
  S3ObjectVersion?: string | undefined
  ImageUri?: string | undefined
}

const ZIP_LIMIT_BYTES = 52_428_800
const PREPARE = 'cloud-lambda.prepare'

/** Deployment packages: read, checked, stored, and unpacked once each. */
export class Packages {
  readonly #kernel: Kernel
  readonly #folder: string
  readonly #blobs: OwnedBlobs
  readonly #unpacking = new Map<string, Promise<string>>()

  constructor(kernel: Kernel, folder: string) {
    this.#kernel = kernel
    this.#folder = folder
    this.#blobs = kernel.blobs.of('lambda', (ids) => keptBlobs(kernel.database, ids))
    kernel.jobs.handle(PREPARE, {
      concurrency: 2,
      run: (job) => this.#prepare(job.payload as { functionId: string; version: string }),
    })
  }

  async read(source: CodeSource, aws: Aws): Promise<Uint8Array> {
    if (source.ImageUri) throw imagesMissing()
    if (source.ZipFile?.length) {
      if (source.ZipFile.length > ZIP_LIMIT_BYTES) {
        throw new AwsError(
          'RequestEntityTooLargeException',
          `Request must be smaller than ${ZIP_LIMIT_BYTES} bytes for the CreateFunction operation`,
          { status: 413 },
        )
      }
      return source.ZipFile
    }
    if (!source.S3Bucket || !source.S3Key) {
      throw invalidValue('Please provide a source for function code.')
    }
    return this.#readObject(source, aws)
  }

  /** Keeps a package; refuses what is no zip. */
  async store(bytes: Uint8Array): Promise<StoredCode> {
    await checkZip(bytes)
    const { id, sha256, sizeBytes } = await this.#blobs.write(bytes)
    return { code_blob: id, code_sha256: sha256, code_bytes: sizeBytes }
  }

  /** Folder of the unpacked package; unpacks it when this is the first to ask. */
  unpacked(code: Pick<StoredCode, 'code_blob' | 'code_sha256'>): Promise<string> {
    const key = code.code_sha256
    const folder = join(this.#folder, key)
    const under = this.#unpacking.get(key) ?? this.#unpack(code.code_blob, folder)
    this.#unpacking.set(key, under)
    return under.finally(() => this.#unpacking.delete(key))
  }

  /** Unpacked layers as one folder, the last on top, as `/opt` has them. */
  async overlaid(layers: string[]): Promise<string | undefined> {
    if (layers.length < 2) return layers[0]
    const folder = join(this.#folder, `opt-${hashOf(Buffer.from(layers.join('\n')))}`)
    const under = this.#unpacking.get(folder) ?? layOver(layers, folder)
    this.#unpacking.set(folder, under)
    return under.finally(() => this.#unpacking.delete(folder))
  }

  /** The version leaves Pending (or InProgress) once its package is unpacked, also after a crash. */
  async prepareLater(tx: Transaction, functionId: string, version: string): Promise<void> {
    const key = `${functionId}:${version}`
    await this.#kernel.jobs.enqueue(tx, { kind: PREPARE, payload: { functionId, version }, key })
  }

  async remove(blobs: string[]): Promise<void> {
    for (const blob of blobs) await this.#kernel.blobs.remove(blob)
    await this.#removeUnused()
  }

  async #unpack(blob: string, folder: string): Promise<string> {
    await unpack(await this.#kernel.blobs.readAll(blob), folder)
    return folder
  }

  async #readObject(source: CodeSource, aws: Aws): Promise<Uint8Array> {
    try {
      const { Body } = await aws.s3.getObject({
        Bucket: source.S3Bucket!,
        Key: source.S3Key!,
        ...(source.S3ObjectVersion && { VersionId: source.S3ObjectVersion }),
      })
      return await collect(Body)
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      throw invalidValue(
        `Error occurred while GetObject. S3 Error Code: ${error.code}. S3 Error Message: ${error.message}`,
      )
    }
  }

  async #prepare({ functionId, version }: { functionId: string; version: string }): Promise<void> {
    const { database, log } = this.#kernel
    const row = await versionFind(database, functionId, version)
    if (!row) return
    let change: Partial<VersionRow> = ready
    try {
      await this.unpacked(row)
    } catch (error) {
      log.error('lambda.unpack', { functionId, version, error })
      change = failed
    }
    await database.write((tx) => versionUpdate(tx, row, change))
  }

  async #removeUnused(): Promise<void> {
    const rows = await this.#kernel.database
      .tables<LambdaTables>()
      .selectFrom('lambda_version')
      .select('code_sha256')
      .execute()
    if (rows.length === 0) await rm(this.#folder, { recursive: true, force: true })
  }
}

const ready = {
  state: 'Active',
  state_reason: null,
  state_reason_code: null,
  update_status: 'Successful',
  update_reason: null,
  update_reason_code: null,
}

const failed = {
  state: 'Failed',
  state_reason: 'The deployment package could not be unpacked on this machine.',
  state_reason_code: 'InternalError',
  update_status: 'Failed',
  update_reason: 'The deployment package could not be unpacked on this machine.',
  update_reason_code: 'InternalError',
}

export const imagesMissing = () =>
  invalidValue(
    'Container image functions (PackageType Image) are not implemented by Madang; use a zip package.',
  )

export const sha256Base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64')
export const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
