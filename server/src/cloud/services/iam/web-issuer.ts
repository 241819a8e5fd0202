import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
} from 'node:crypto'
import type { Kernel } from '../../../kernel/index.ts'
import { changeSettings, type IamStore, settingsOf } from './store.ts'

/**
 * This cloud as an OpenID provider of its own: what `GetWebIdentityToken` gives, and what a test can
 * present to `AssumeRoleWithWebIdentity` without any other server.
 */
export interface WebIssuer {
  /** `https://<id>.tokens.sts.global.api.aws`; an id per account, as AWS has it. */
  issuerOf(account: string): string
  isEnabled(account: string): boolean
  setEnabled(account: string, enabled: boolean): Promise<void>
  /** A signed token; `iss`, `iat`, `exp` and `jti` are added. */
  token(account: string, claims: Record<string, unknown>, options: TokenOptions): Promise<string>
  /** JWKS of the account's issuer; empty when it never signed anything. */
  keys(account: string): Record<string, unknown>[]
}

export interface TokenOptions {
  nowMs: number
  durationS: number
  algorithm: 'RS256' | 'ES384'
  id: string
}

const PURPOSE = 'cloud-iam-web-issuer'

export function createWebIssuer({ secrets }: Kernel, store: IamStore): WebIssuer {
  const issuerOf = (account: string) => {
    const id = createHash('sha256').update(`madang-web-issuer:${account}`).digest('hex')
    const parts = [
      id.slice(0, 8),
      id.slice(8, 12),
      id.slice(12, 16),
      id.slice(16, 20),
      id.slice(20, 32),
    ]
    return `https://${parts.join('-')}.tokens.sts.global.api.aws`
  }
  const keyPairs = (account: string) => settingsOf(store.account(account)).issuerKeys ?? {}
  const keyFor = async (account: string, algorithm: TokenOptions['algorithm']) => {
    const known = keyPairs(account)[algorithm]
    if (known) return secrets.open(known, PURPOSE)
    const pem = newKey(algorithm)
    await store.change(account, (change) => {
      const issuerKeys = { [algorithm]: secrets.seal(pem, PURPOSE), ...keyPairs(account) }
      changeSettings(change, { issuerKeys })
    })
    return secrets.open(keyPairs(account)[algorithm]!, PURPOSE)
  }
  return {
    issuerOf,
    isEnabled: (account) => settingsOf(store.account(account)).isFederatingOut ?? false,
    setEnabled: (account, enabled) =>
      store.change(account, (change) => changeSettings(change, { isFederatingOut: enabled })),
    async token(account, claims, { nowMs, durationS, algorithm, id }) {
      const key = createPrivateKey(await keyFor(account, algorithm))
      const iat = Math.floor(nowMs / 1000)
      const body = { ...claims, iss: issuerOf(account), iat, exp: iat + durationS, jti: id }
      const head = { alg: algorithm, typ: 'JWT', kid: keyIdOf(createPublicKey(key).export(jwk)) }
      const signed = `${part(head)}.${part(body)}`
      const digest = algorithm === 'RS256' ? 'sha256' : 'sha384'
      const signature = sign(digest, Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' })
      return `${signed}.${signature.toString('base64url')}`
    },
    keys: (account) =>
      Object.entries(keyPairs(account)).map(([alg, sealed]) => {
        const key = createPublicKey(createPrivateKey(secrets.open(sealed, PURPOSE))).export(jwk)
        return { ...key, alg, use: 'sig', kid: keyIdOf(key) }
      }),
  }
}

const jwk = { format: 'jwk' } as const

function newKey(algorithm: TokenOptions['algorithm']): string {
  const { privateKey } =
    algorithm === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'secp384r1' })
  return privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

const keyIdOf = (key: object) =>
  createHash('sha256').update(JSON.stringify(key)).digest('base64url').slice(0, 22)
