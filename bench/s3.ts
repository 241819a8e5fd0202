import { contest, type Contest, type Rival, scaled, withTargets } from './compare.ts'
import type { Figure } from './figure.ts'
import { startBare, startFromNpm, startMoto, startOurs, type Target } from './peers.ts'
import { callOnce } from './requests.ts'

const BUCKET = 'bench'
const SMALL_BYTES = 4096
const LARGE_BYTES = 1024 * 1024
const LARGE_COUNT = 120
const LISTED_KEYS = 1000
const LIST_COUNT = 300
/** Five contests beside three peers have five minutes. */
const ROUNDS = 5
const LIST_ROUNDS = 3
/** They list a thousand keys three or four times a second. */
const slowLists = { moto_server: 1 / 75, s3rver: 1 / 75 }

/** Small and large objects and a listing, verified and durable, beside what else there is. */
export async function s3(): Promise<Figure[]> {
  const starts = [() => startOurs(['s3:*']), startBare, startMoto, () => startFromNpm('s3rver')]
  return withTargets(starts, async ([ours, bare, moto, s3rver]) => {
    for (const target of [ours, moto, s3rver]) if (target) await makeBucket(target)
    const rivals = (toBare: number | undefined, toMoto?: number, toS3rver?: number): Rival[] => [
      { name: 'bare node:http', target: bare, bounds: [toBare], lack: '' },
      { name: 'moto_server', target: moto, bounds: [toMoto], lack: 'no moto_server here' },
      { name: 's3rver', target: s3rver, bounds: [toS3rver], lack: 's3rver was not installed' },
    ]
    const small = { name: BUCKET, sizeBytes: SMALL_BYTES, rounds: ROUNDS }
    const large = {
      name: BUCKET,
      sizeBytes: LARGE_BYTES,
      count: scaled(LARGE_COUNT),
      rounds: ROUNDS,
      keys: 20,
      connections: 4,
    }
    const list = {
      name: BUCKET,
      sizeBytes: 0,
      keys: LISTED_KEYS,
      count: scaled(LIST_COUNT),
      rounds: LIST_ROUNDS,
      connections: 4,
      shares: slowLists,
    }
    const run = (given: Contest, against: Rival[]) => contest(given, ours!, against)
    return [
      ...(await run(
        { ...small, kind: 's3Put', what: ['S3 PUT of 4 KB'] },
        rivals(undefined, 40, 12),
      )),
      ...(await run(
        { ...small, kind: 's3Get', what: ['S3 GET of 4 KB'], first: 's3Put' },
        rivals(undefined, 40, 17),
      )),
      ...(await run(
        { ...list, kind: 's3List', what: ['ListObjectsV2 of 1,000 keys'] },
        rivals(undefined, 80).slice(1),
      )),
      ...(await run(
        { ...large, kind: 's3Put', what: ['S3 PUT of 1 MB'] },
        rivals(undefined, undefined, 1.8).slice(1),
      )),
      ...(await run(
        { ...large, kind: 's3Get', what: ['S3 GET of 1 MB'], first: 's3Put' },
        rivals(undefined, undefined, 2.5).slice(1),
      )),
    ]
  })
}

export async function makeBucket({ port, signer }: Target): Promise<void> {
  await callOnce({ port, keys: signer }, { method: 'PUT', url: `/${BUCKET}`, service: 's3' })
}
