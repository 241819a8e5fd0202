import { service, type Service } from '../../../gateway/index.ts'
import type { S3Doors } from '../parts.ts'
import { accessPointOperations } from './access-points.ts'
import { pointPolicyOperations } from './point-policies.ts'
import { publicAccessOperations } from './public-access.ts'
import { controlAccess, s3ControlRequests } from './requests.ts'
import { tagOperations } from './tags.ts'

/** What of S3 belongs to an account: its public access block and its access points. */
export function createS3Control(s3: S3Doors): Service {
  return service({
    id: 's3control',
    access: controlAccess,
    operations: {
      ...publicAccessOperations(s3),
      ...accessPointOperations(s3),
      ...pointPolicyOperations(s3),
      ...tagOperations(s3),
    },
    authorise: (operation, input, ctx) => s3ControlRequests(operation, input, ctx),
  })
}
