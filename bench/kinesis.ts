import { contest, type Rival, withTargets } from './compare.ts'
import type { Figure } from './figure.ts'
import { startFromNpm, startMoto, startOurs, type Target } from './peers.ts'
import { callOnce, jsonCall } from './requests.ts'

const STREAM = 'bench'
const RECORD_BYTES = 1024
const SHARDS = 4
const MOTO_BOUND = 55
const KINESALITE_BOUND = 3.5

/** PutRecord of 1 KB. */
export async function kinesis(): Promise<Figure[]> {
  const starts = [() => startOurs(['kinesis:*']), startMoto, () => startFromNpm('kinesalite')]
  return withTargets(starts, async ([ours, moto, kinesalite]) => {
    for (const target of [ours, moto, kinesalite]) if (target) await makeStream(target)
    const lack = 'it was not installed'
    const rivals: Rival[] = [
      { name: 'moto_server', target: moto, bounds: [MOTO_BOUND], lack: 'no moto_server here' },
      { name: 'kinesalite', target: kinesalite, bounds: [KINESALITE_BOUND], lack },
    ]
    const what = ['Kinesis PutRecord of 1 KB']
    return contest(
      { kind: 'kinesisPut', what, name: STREAM, sizeBytes: RECORD_BYTES },
      ours!,
      rivals,
    )
  })
}

async function makeStream({ port, signer }: Target): Promise<void> {
  const call = (operation: string, input: object) =>
    callOnce(
      { port, keys: signer },
      jsonCall('kinesis', `Kinesis_20131202.${operation}`, input, '1.1'),
    )
  await call('CreateStream', { StreamName: STREAM, ShardCount: SHARDS })
  while (!(await call('DescribeStream', { StreamName: STREAM })).includes('"ACTIVE"')) {
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
