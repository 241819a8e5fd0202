import { randomUUID } from 'node:crypto'

/** The id of a rule that came without one, in the form S3 gives. */
export const newRuleId = () => Buffer.from(randomUUID()).toString('base64')
