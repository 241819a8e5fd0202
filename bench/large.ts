import { createHash, randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { withTargets } from './compare.ts'
import { type Figure, ratios, ratioText, spreadOf, withUnit } from './figure.ts'
import { startMoto, startOurs, type Target } from './peers.ts'
import { memoryMb } from './proc.ts'
import { type Call, signedHeaders } from './requests.ts'
import { makeBucket } from './s3.ts'

const SIZE_MB = 100
const PIECE_BYTES = 1024 * 1024
const ROUNDS = Number(process.env['MADANG_BENCH_ROUNDS'] ?? 5)
const MD5_BOUND = 0.6
const MOTO_BOUND = 1
const MEMORY_BOUND_MB = 64
const IDLE_MS = 1500
const URL_OF_IT = '/bench/large'

interface Samples {
  put: number[]
  get: number[]
}

/** 100 MB up and down: beside the MD5 that an ETag needs, and beside moto; memory while it passes. */
export async function large(): Promise<Figure[]> {
  const body = randomBytes(SIZE_MB * PIECE_BYTES)
  return withTargets([() => startOurs(['s3:*']), startMoto], async ([ours, moto]) => {
    for (const target of [ours, moto]) if (target) await makeBucket(target)
    const mine: Samples = { put: [], get: [] }
    const theirs: Samples = { put: [], get: [] }
    const md5: number[] = []
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS))
    const atRest = memoryMb(ours!.pid)
    let most = atRest ?? 0
    const watch = setInterval(() => (most = Math.max(most, memoryMb(ours!.pid) ?? 0)), 20)
    for (let round = 1; round <= ROUNDS; round++) {
      // Other bytes than the last round's.
      body.writeUInt32LE(round, 0)
      md5.push(rate(() => createHash('md5').update(body).digest()))
      await upAndDown(ours!, body, mine)
      if (moto) await upAndDown(moto, body, theirs)
    }
    clearInterval(watch)
    return [putLine(mine, md5), getLine(mine, theirs), memoryLine(atRest, most)]
  })
}

async function upAndDown(target: Target, body: Buffer, samples: Samples): Promise<void> {
  const started = performance.now()
  await transfer(target, { method: 'PUT', url: URL_OF_IT, service: 's3' }, body)
  const between = performance.now()
  await transfer(target, { method: 'GET', url: URL_OF_IT, service: 's3' })
  samples.put.push(SIZE_MB / ((between - started) / 1000))
  samples.get.push(SIZE_MB / ((performance.now() - between) / 1000))
}

/** Sends in pieces, as the hash is unsigned; throws when the answer is no 200 or not whole. */
function transfer({ port, signer }: Target, call: Call, body?: Buffer): Promise<void> {
  const headers = signedHeaders(
    { port, keys: signer },
    {
      ...call,
      headers: {
        'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
        'content-length': String(body?.length ?? 0),
      },
    },
  )
  return new Promise((resolve, reject) => {
    const { method, url: path } = call
    const sent = request({ port, host: '127.0.0.1', method, path, headers }, (answer) => {
      let sizeBytes = 0
      answer.on('data', (piece: Buffer) => (sizeBytes += piece.length))
      answer.once('error', reject)
      answer.once('end', () => {
        const isWhole = method === 'PUT' || sizeBytes === SIZE_MB * PIECE_BYTES
        if (answer.statusCode === 200 && isWhole) resolve()
        else reject(new Error(`${method}: ${answer.statusCode}, ${sizeBytes} bytes`))
      })
    })
    sent.once('error', reject)
    sent.end(body)
  })
}

/** MB a second. */
function rate(run: () => void): number {
  const started = performance.now()
  run()
  return SIZE_MB / ((performance.now() - started) / 1000)
}

function putLine({ put }: Samples, md5: number[]): Figure {
  const each = ratios(put, md5)
  return {
    what: `S3 PUT of ${SIZE_MB} MB`,
    ours: withUnit(put, 'MB/s'),
    peer: `MD5 alone ${withUnit(md5, 'MB/s')}`,
    ratio: ratioText(each),
    bound: `≥ ${MD5_BOUND} ×`,
    isMet: spreadOf(each).median >= MD5_BOUND,
  }
}

function getLine({ get }: Samples, theirs: Samples): Figure {
  const what = `S3 GET of ${SIZE_MB} MB`
  const bound = `≥ ${MOTO_BOUND} ×`
  const figure = { what, ours: withUnit(get, 'MB/s'), bound }
  if (theirs.get.length === 0) {
    return { ...figure, peer: 'skipped: no moto_server here', ratio: '–', isMet: undefined }
  }
  const each = ratios(get, theirs.get)
  const peer = `moto_server ${withUnit(theirs.get, 'MB/s')}`
  return { ...figure, peer, ratio: ratioText(each), isMet: spreadOf(each).median >= MOTO_BOUND }
}

function memoryLine(atRest: number | undefined, most: number): Figure {
  const what = `memory while ${SIZE_MB} MB pass`
  const bound = `< + ${MEMORY_BOUND_MB} MB`
  if (atRest === undefined) {
    return { what, ours: 'skipped: no /proc', peer: '', ratio: '–', bound, isMet: undefined }
  }
  const more = most - atRest
  return {
    what,
    ours: `${most.toFixed(0)} MB`,
    peer: `at rest ${atRest.toFixed(0)} MB`,
    ratio: `+ ${more.toFixed(0)} MB`,
    bound,
    isMet: more < MEMORY_BOUND_MB,
  }
}
