import { createHash } from 'node:crypto'
import { abortException, type Call, type Step } from '../engine/index.ts'
import { hostError } from '../groovy/index.ts'
import { filesOf, placeOf } from './machine.ts'

/** Of a file's bytes, as hexadecimal digits; undefined when there is no such file. */
async function digestOf(call: Call, algorithm: string): Promise<string | undefined> {
  const path = await placeOf(call, call.args.text('file'))
  const facts = await filesOf(call).stat(path)
  if (!facts || facts.isFolder) return undefined
  const hash = createHash(algorithm)
  for await (const piece of filesOf(call).read(path)) hash.update(piece)
  return hash.digest('hex')
}

function digest(algorithm: string): Step {
  return {
    kind: 'leaf',
    positional: ['file'],
    needsNode: true,
    run: async (call) => (await digestOf(call, algorithm)) ?? null,
  }
}

export const md5 = digest('md5')
export const sha1 = digest('sha1')
export const sha256 = digest('sha256')

/** `shown` is Java's name of the algorithm. */
function verify(algorithm: string, shown: string): Step {
  return {
    kind: 'leaf',
    needsNode: true,
    async run(call) {
      const [file, wanted] = [call.args.text('file'), call.args.text('hash')]
      const found = await digestOf(call, algorithm)
      if (found === undefined) {
        throw hostError('java.io.FileNotFoundException', `File not found: ${file}`)
      }
      if (found === wanted.toLowerCase()) return null
      throw abortException(`${shown} hash mismatch: expected: '${wanted}', actual: '${found}'`)
    },
  }
}

export const verifyMd5 = verify('md5', 'MD5')
export const verifySha1 = verify('sha1', 'SHA1')
export const verifySha256 = verify('sha256', 'SHA-256')
