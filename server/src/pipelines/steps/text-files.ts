import { abortException, type Call } from '../engine/index.ts'
import { hostError } from '../groovy/index.ts'
import { bytesOf, filesOf, placeOf } from './machine.ts'

const LARGEST_TEXT_BYTES = 64 * 1024 ** 2

const encodingName = ({ args }: Call) => args.optionalText('encoding') ?? 'UTF-8'

function encodingOf(name: string): BufferEncoding | undefined {
  const known: Record<string, BufferEncoding> = {
    'UTF-8': 'utf8',
    BASE64: 'base64',
    'ISO-8859-1': 'latin1',
    'US-ASCII': 'ascii',
    'UTF-16LE': 'utf16le',
  }
  return known[name.toUpperCase()]
}

/** Java's names of what browsers call EUC-KR. */
const KOREAN = /^(x-windows-|ms|cp)949$/i

/** Also of the older encodings, `EUC-KR` and the like, as browsers know them. */
function decoded(bytes: Buffer, name: string): string {
  const encoding = encodingOf(name)
  if (encoding) return bytes.toString(encoding)
  try {
    return new TextDecoder(KOREAN.test(name) ? 'euc-kr' : name).decode(bytes)
  } catch {
    throw hostError('java.nio.charset.UnsupportedCharsetException', name)
  }
}

/** A text of the node's machine, in the encoding that the step names. */
export async function textOf(call: Call, name: string): Promise<string> {
  const path = await placeOf(call, name)
  const facts = await filesOf(call).stat(path)
  if (!facts) throw hostError('java.nio.file.NoSuchFileException', path)
  const { size } = facts
  if (size > LARGEST_TEXT_BYTES) throw abortException(`${name} is too large (${size} bytes)`)
  return decoded(await bytesOf(call, path), encodingName(call))
}

export async function putText(call: Call, name: string, text: string): Promise<null> {
  const path = await placeOf(call, name)
  const encoding = encodingOf(encodingName(call))
  if (!encoding) {
    const known = 'use UTF-8 or Base64'
    throw abortException(`${call.name}: nothing is written as ${encodingName(call)}; ${known}`)
  }
  await filesOf(call).write(path, Buffer.from(text, encoding))
  return null
}
