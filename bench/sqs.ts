import { contest, type Rival, withTargets } from './compare.ts'
import type { Figure } from './figure.ts'
import { startBare, startMoto, startOurs, type Target } from './peers.ts'
import { callOnce, jsonCall } from './requests.ts'

const QUEUE = 'bench'
const MESSAGE_BYTES = 200
const BOUND = 30

/** Sending, receiving and deleting one message at a time. */
export async function sqs(): Promise<Figure[]> {
  const starts = [() => startOurs(['sqs:*']), startBare, startMoto]
  return withTargets(starts, async ([ours, bare, moto]) => {
    for (const target of [ours, moto]) if (target) await makeQueue(target)
    const lack = 'no moto_server here'
    const rivals: Rival[] = [
      { name: 'moto_server', target: moto, bounds: [BOUND, BOUND, BOUND], lack },
      { name: 'bare node:http', target: bare, bounds: [], lack: '' },
    ]
    const what = ['SQS SendMessage', 'SQS ReceiveMessage', 'SQS DeleteMessage']
    return contest({ kind: 'sqs', what, name: QUEUE, sizeBytes: MESSAGE_BYTES }, ours!, rivals)
  })
}

export async function makeQueue({ port, signer }: Target): Promise<void> {
  const maker = { port, keys: signer }
  await callOnce(maker, jsonCall('sqs', 'AmazonSQS.CreateQueue', { QueueName: QUEUE }))
}
