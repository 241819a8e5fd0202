import { randomUUID } from 'node:crypto'
import type { Transaction } from '../../../kernel/index.ts'
import type { ImageChange } from '../../../registry/index.ts'
import type { ServiceDeps } from '../../deps.ts'
import { wholeSecond } from '../../whole-second.ts'
import { placeOf } from './model.ts'

/** An event as EventBridge carries it. */
interface BusEvent {
  version: '0'
  id: string
  'detail-type': 'ECR Image Action'
  source: 'aws.ecr'
  account: string
  /** ISO 8601, whole seconds. */
  time: string
  region: string
  resources: string[]
  detail: Record<string, string>
}

export type PutBusEvent = (event: BusEvent) => Promise<void>

const TELL = 'cloud-ecr.event'

/** What was written with a change is told to the bus. */
export function tellBus({ kernel }: ServiceDeps, put: PutBusEvent): void {
  kernel.jobs.handle(TELL, { run: ({ payload }) => put(payload as BusEvent) })
}

/** An event of each tag ("Sample events from Amazon ECR"); one without where there is none. */
export async function noteChange(
  { kernel: { clock, jobs } }: ServiceDeps,
  tx: Transaction,
  { action, name, digest, tags }: ImageChange,
): Promise<void> {
  const { account, region, name: repository } = placeOf(name)
  const time = wholeSecond(clock.now()).toISOString().replace('.000Z', 'Z')
  for (const tag of tags.length > 0 ? tags : [undefined]) {
    const payload: BusEvent = {
      version: '0',
      id: randomUUID(),
      'detail-type': 'ECR Image Action',
      source: 'aws.ecr',
      account,
      time,
      region,
      resources: [],
      detail: {
        result: 'SUCCESS',
        'repository-name': repository,
        'image-digest': digest,
        'action-type': action,
        ...(tag !== undefined && { 'image-tag': tag }),
      },
    }
    await jobs.enqueue(tx, { kind: TELL, payload })
  }
}
