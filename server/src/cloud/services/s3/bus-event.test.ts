import { expect, it } from 'vitest'
import { busEventOf } from './bus-event.ts'
import type { Actor, ObjectChange } from './change.ts'
import type { Bucket } from './model.ts'

// As the real service's events were seen on the bus.

const bucket: Bucket = {
  name: 'told',
  account: '000000000000',
  region: 'eu-west-1',
  createdAt: 0,
  settings: { versioning: 'Enabled' },
}
const actor: Actor = {
  principal: { kind: 'root', account: '000000000000', arn: 'arn', userId: 'id' },
  requestId: 'C3D13FE58DE4C810',
  now: Date.UTC(2026, 10, 22, 12, 30, 15, 250),
  http: { sourceIp: '192.0.2.1' },
}
const told = (change: Partial<ObjectChange> & { event: string }) =>
  busEventOf(
    bucket,
    { key: 'a b', versionId: 'v1', sizeBytes: 4, etag: 'e', shownVersionId: 'v1', ...change },
    actor,
    '0055',
  )

it('tells of a new object, where and by whom', () => {
  expect(told({ event: 'ObjectCreated:Put' })).toEqual({
    version: '0',
    id: expect.stringMatching(/^[\da-f-]{36}$/),
    'detail-type': 'Object Created',
    source: 'aws.s3',
    account: '000000000000',
    time: '2026-11-22T12:30:15Z',
    region: 'eu-west-1',
    resources: ['arn:aws:s3:::told'],
    detail: {
      version: '0',
      bucket: { name: 'told' },
      object: { key: 'a b', size: 4, etag: 'e', 'version-id': 'v1', sequencer: '0055' },
      'request-id': 'C3D13FE58DE4C810',
      requester: '000000000000',
      'source-ip-address': '192.0.2.1',
      reason: 'PutObject',
    },
  })
})

it('says how an object was deleted', () => {
  const marker = { event: 'ObjectRemoved:DeleteMarkerCreated' }
  expect(told(marker)?.detail).toMatchObject({ 'deletion-type': 'Delete Marker Created' })
  const gone = told({ event: 'ObjectRemoved:Delete', sizeBytes: undefined, etag: undefined })
  expect(gone).toMatchObject({
    'detail-type': 'Object Deleted',
    detail: { reason: 'DeleteObject', 'deletion-type': 'Permanently Deleted' },
  })
  expect(gone?.detail['object']).toEqual({ key: 'a b', 'version-id': 'v1', sequencer: '0055' })
})

it('leaves out order and size where nothing was written', () => {
  const acl = told({ event: 'ObjectAcl:Put' })
  expect(acl?.['detail-type']).toBe('Object ACL Updated')
  expect(acl?.detail['object']).toEqual({ key: 'a b', etag: 'e', 'version-id': 'v1' })
  expect(acl?.detail).not.toHaveProperty('reason')
})

it('says until when a restored object is out', () => {
  const restore = { isOngoing: false, days: 1, expiresAt: Date.UTC(2026, 10, 24) }
  const done = told({
    event: 'ObjectRestore:Completed',
    meta: { storageClass: 'GLACIER', restore },
  })
  expect(done).toMatchObject({
    'detail-type': 'Object Restore Completed',
    detail: {
      requester: 's3.amazonaws.com',
      'restore-expiry-time': '2026-11-24T00:00:00Z',
      'source-storage-class': 'GLACIER',
    },
  })
  expect(done?.detail).not.toHaveProperty('source-ip-address')
})

it('keeps what the bus has no name for', () => {
  expect(told({ event: 'Replication:OperationFailedReplication' })).toBeUndefined()
})
