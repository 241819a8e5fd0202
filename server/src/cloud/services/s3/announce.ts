import type { NewJob } from '../../../kernel/index.ts'
import type { Actor, ObjectChange } from './change.ts'
import type { Bucket } from './model.ts'
import { notificationJobs } from './notification-record.ts'
import { replicationJobs } from './replication-rules.ts'

const none: NewJob[] = []

/** Whether anything can follow from a change at all: of most buckets, no. */
export const isFollowed = ({ settings }: Bucket): boolean =>
  settings.notification !== undefined || settings.replication !== undefined

/** What has to follow from a change, to be kept in the write that makes it. */
export function jobsOf(bucket: Bucket, change: ObjectChange, actor: Actor): NewJob[] {
  const { notification, replication } = bucket.settings
  return [
    ...(notification ? notificationJobs(bucket, notification, change, actor) : none),
    ...(replication ? replicationJobs(bucket, change) : none),
  ]
}
