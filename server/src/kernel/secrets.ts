import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

/** Seals what must not be read from the database alone; the key lives outside it. */
export interface Secrets {
  /** AES-256-GCM; `purpose` is bound in, so a sealed text moved to another place does not open. */
  seal(text: string, purpose: string): string
  /** Throws when the text was not sealed by this key for this purpose. */
  open(sealed: string, purpose: string): string
}

/** Reads the key (`MADANG_SECRET_KEY`, else the file, made at first start, mode 0600). */
export function createSecrets(keyFile: string, keyText: string | undefined): Secrets {
  const key = keyText ? createHash('sha256').update(keyText).digest() : readKey(keyFile)
  return {
    seal(text, purpose) {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(purpose))
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return `v1.${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')}`
    },
    open(sealed, purpose) {
      const bytes = Buffer.from(sealed.replace(/^v1\./, ''), 'base64url')
      const cipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
      cipher.setAAD(Buffer.from(purpose)).setAuthTag(bytes.subarray(12, 28))
      return Buffer.concat([cipher.update(bytes.subarray(28)), cipher.final()]).toString('utf8')
    },
  }
}

function readKey(file: string): Buffer {
  if (!existsSync(file)) {
    writeFileSync(file, randomBytes(32).toString('base64') + '\n', { mode: 0o600, flag: 'wx' })
  }
  const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64')
  if (key.length !== 32) {
    throw new Error(`${file} does not hold a key (32 bytes, base64). Put the right one back.`)
  }
  return key
}
