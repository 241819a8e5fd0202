import { abortException, type Call } from '../engine/index.ts'
import { hostError } from '../groovy/index.ts'
import { bytesOf, filesOf, placeOf } from './machine.ts'

const LARGEST_TEXT_BYTES = 64 * 1024 ** 2

function encodingOf(call: Call): BufferEncoding {
  const name = call.args.optionalText('encoding') ?? 'UTF-8'
  const known: Record<string, BufferEncoding> = {
    'UTF-8': 'utf8',
    BASE64: 'base64',
    'ISO-8859-1': 'latin1',
    'US-ASCII': 'ascii',
    'UTF-16LE': 'utf16le',
  }
  const encoding = known[name.toUpperCase()]
  if (encoding) return encoding
  throw abortException(`${call.name}: the encoding ${name} is not supported; use UTF-8 or Base64`)
}

/** A text of the node's machine, in the encoding that the step names. */
export async function textOf(call: Call, name: string): Promise<string> {
  const path = await placeOf(call, name)
  const facts = await filesOf(call).stat(path)
  if (!facts) throw hostError('java.nio.file.NoSuchFileException', path)
  const { size } = facts
  if (size > LARGEST_TEXT_BYTES) throw abortException(`${name} is too large (${size} bytes)`)
  return (await bytesOf(call, path)).toString(encodingOf(call))
}

/** The step's `text`, or that of its `file`. */
export async function givenText(call: Call): Promise<string> {
  const { args } = call
  return args.has('text') ? args.text('text') : textOf(call, args.text('file'))
}

export async function putText(call: Call, name: string, text: string): Promise<null> {
  const path = await placeOf(call, name)
  await filesOf(call).write(path, Buffer.from(text, encodingOf(call)))
  return null
}
