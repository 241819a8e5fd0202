import { AwsError } from '../error.ts'
import type { Member } from '../schema.ts'
import type { Bindings } from './bindings.ts'
import type { WireRequest } from './protocol.ts'

// How S3 takes what a query and headers say, and its words for what can't be read.

const notInteger = (name: string, text: string) =>
  new AwsError('InvalidArgument', `Provided ${name} not an integer or within integer range`, {
    status: 400,
    members: { ArgumentName: name, ArgumentValue: text },
  })

const LARGEST = 2_147_483_647

const isInteger = (text: string) => /^-?\d{1,10}$/.test(text) && Math.abs(+text) <= LARGEST

/**
 * The query without what is as good as not said in it. A boolean is `true` or nothing:
 * `fetch-owner=True` brings no owners (as observed). Throws what S3 says to a count that is none.
 */
export function checkedQuery({ others }: Bindings, { query }: WireRequest): URLSearchParams {
  let unsaid: string[] | undefined
  for (const { shape, traits } of others) {
    const name = traits.query
    const text = name && query.get(name)
    if (!text) continue
    if (shape.kind === 'number' && !isInteger(text)) throw notInteger(name, text)
    if (shape.kind === 'boolean' && text !== 'true') unsaid = [...(unsaid ?? []), name]
  }
  if (!unsaid) return query
  return new URLSearchParams([...query].filter(([name]) => !unsaid.includes(name)))
}

const RETENTION = 'x-amz-object-lock-retain-until-date'
const UPLOAD_SIZE = 'x-amz-mp-object-size'

/** A header whose text is no value of its kind. */
export function unreadableOfS3({ shape, traits }: Member, text: string): AwsError {
  const name = traits.header ?? traits.query ?? ''
  if (name === RETENTION) {
    const message = 'The retain until date must be provided in ISO 8601 format'
    const members = { ArgumentName: name, ArgumentValue: text }
    return new AwsError('InvalidArgument', message, { status: 400, members })
  }
  if (shape.kind === 'number' && name !== UPLOAD_SIZE) return notInteger(name, text)
  const value = name === UPLOAD_SIZE ? `: '${text}'` : '.'
  const message = `Value for ${name} header is invalid${value}`
  return new AwsError('InvalidRequest', message, { status: 400 })
}
