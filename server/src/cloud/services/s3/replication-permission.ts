import { evaluate, parsePolicy, readPolicy } from '../../policy/index.ts'
import { type Bucket, objectArn } from './model.ts'

/** Of the role's own policies nothing is asked (see the README). */
const all = {
  name: 'role',
  document: readPolicy({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: '*', Resource: '*' },
  }),
}

/** Whether the target takes replicas from the role: another account's says so in its bucket's policy. */
export function takesReplicas(
  { from, to, role }: { from: Bucket; to: Bucket; role: string },
  key: string,
  isMarker: boolean,
): boolean {
  if (from.account === to.account) return true
  const { policy } = to.settings
  if (policy === undefined) return false
  const name = role.slice(role.lastIndexOf('/') + 1)
  const verdict = evaluate({
    subject: {
      kind: 'role',
      account: from.account,
      arn: `arn:aws:sts::${from.account}:assumed-role/${name}/s3-replication`,
      roleArn: role,
    },
    action: isMarker ? 's3:ReplicateDelete' : 's3:ReplicateObject',
    resource: objectArn(to.name, key),
    resourceAccount: to.account,
    values: new Map(),
    identity: [all],
    resourcePolicy: parsePolicy(policy),
  })
  return verdict.decision === 'allowed'
}
