import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

/** Slow, salted hashes of passwords. The text names its method, so both kinds stay readable. */
export interface Passwords {
  hash(password: string): Promise<string>
  verify(hash: string, password: string): Promise<boolean>
  /** Takes as long as a verification: an unknown name must not answer faster than a known one. */
  pretend(password: string): Promise<void>
}

type Argon = typeof import('@node-rs/argon2')

// OWASP's second choice for argon2id (19 MiB, 2 passes), which is the library's default, too.
const ARGON = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const SCRYPT = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 }

export function createPasswords(load: () => Promise<Argon> = loadArgon): Passwords {
  let loaded: Promise<Argon | undefined> | undefined
  let decoy: Promise<string> | undefined
  // The module is native and loads at first use; where its binary does not fit, scrypt is built in.
  const argon = () => (loaded ??= load().catch(() => undefined))
  const hash = async (password: string) => {
    const native = await argon()
    return native ? native.hash(password, ARGON) : scryptHash(password, randomBytes(16))
  }
  const verify = async (hashed: string, password: string) => {
    if (hashed.startsWith('scrypt$')) return scryptVerify(hashed, password)
    const native = await argon()
    if (!native) throw new Error('a password is hashed with argon2, which cannot be loaded here')
    return native.verify(hashed, password)
  }
  return {
    hash,
    verify,
    async pretend(password) {
      decoy ??= hash('nobody has this one')
      await verify(await decoy, password)
    },
  }
}

function loadArgon(): Promise<Argon> {
  return import('@node-rs/argon2')
}

async function scryptHash(password: string, salt: Buffer): Promise<string> {
  const key = await derive(password, salt)
  return `scrypt$${salt.toString('base64url')}$${key.toString('base64url')}`
}

async function scryptVerify(hashed: string, password: string): Promise<boolean> {
  const [, salt = '', key = ''] = hashed.split('$')
  const found = await derive(password, Buffer.from(salt, 'base64url'))
  return timingSafeEqual(found, Buffer.from(key, 'base64url'))
}

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, 32, SCRYPT, (error, key) => (error ? reject(error) : resolve(key)))
  })
}
