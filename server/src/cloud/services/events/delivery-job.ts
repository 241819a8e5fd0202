import type { Target } from '@aws-sdk/client-eventbridge'
import type { BusEvent, Place } from './model.ts'

export const DELIVER = 'cloud-events.deliver'

/** An event on its way to one target, as it was when the event came. */
export interface DeliveryJob extends Place {
  ruleArn: string
  target: Target
  event: BusEvent
  hops: number
  ingestedAtMs: number
  /** That have failed. */
  tries: number
}
