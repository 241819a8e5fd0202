import { parsePolicy } from '../../policy/index.ts'

// Conditions that bind a grant to everyone to something narrower ("The meaning of 'public'").
const narrowing = new Set([
  'aws:principalaccount',
  'aws:principalarn',
  'aws:principalorgid',
  'aws:principalorgpaths',
  'aws:sourcearn',
  'aws:sourceaccount',
  'aws:sourceip',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:userid',
  's3:dataaccesspointaccount',
  's3:dataaccesspointarn',
  's3:x-amz-server-side-encryption-aws-kms-key-id',
])

/** Whether a bucket policy lets the world in. */
export function isPublicPolicy(text: string): boolean {
  return parsePolicy(text).statements.some(
    ({ effect, principals, notPrincipals, conditions }) =>
      effect === 'Allow' &&
      (notPrincipals !== undefined || principals?.some(({ value }) => value === '*')) &&
      !conditions.some(
        ({ key, values }) => narrowing.has(key.toLowerCase()) && !values.includes('*'),
      ),
  )
}
