import {
  createPrivateKey,
  createSign,
  generateKeyPair,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { promisify } from 'node:util'
import type { Kernel } from '../../../kernel/index.ts'
import type { RawRoute } from '../../gateway/index.ts'
import type { SnsTables } from './migrations.ts'

const PURPOSE = 'sns.signing-key'
const PREFIX = '/SimpleNotificationService-'
const DAY_MS = 24 * 3_600_000

interface Signer {
  key: KeyObject
  certificate: string
  /** Path of the certificate on the cloud's port. */
  path: string
}

/**
 * Signatures of notifications, which receivers check against the certificate at SigningCertURL
 * (developer guide, "Verifying the signatures of Amazon SNS messages"). The key is made at the first
 * message and kept, sealed.
 */
export class MessageSigner {
  readonly #kernel: Kernel
  #signer: Promise<Signer> | undefined

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** Adds `SignatureVersion`, `Signature` and the certificate's address, by the topic's version. */
  async sign(
    message: Record<string, unknown>,
    { version, originUrl }: { version: string; originUrl: string },
  ): Promise<{ SignatureVersion: string; Signature: string; SigningCertURL: string }> {
    const { key, path } = await (this.#signer ??= this.#open())
    const algorithm = version === '2' ? 'RSA-SHA256' : 'RSA-SHA1'
    const Signature = createSign(algorithm).update(stringToSign(message)).sign(key, 'base64')
    return { SignatureVersion: version, Signature, SigningCertURL: `${originUrl}${path}` }
  }

  route(): RawRoute {
    return {
      name: 'sns-certificate',
      matches: ({ method }, { path }) => method === 'GET' && path.startsWith(PREFIX),
      handle: async (_request, { path }) => {
        const { certificate, path: own } = await (this.#signer ??= this.#open())
        const headers: [string, string][] = [['content-type', 'application/x-pem-file']]
        return path === own
          ? { status: 200, headers, body: certificate }
          : { status: 404, headers: [['content-type', 'text/plain']], body: 'no such certificate' }
      },
    }
  }

  async #open(): Promise<Signer> {
    const { database, secrets } = this.#kernel
    const tables = database.tables<SnsTables>()
    let row = await tables.selectFrom('sns_signer').selectAll().executeTakeFirst()
    row ??= await this.#make()
    const pem = secrets.open(row.private_key, PURPOSE)
    return { key: createPrivateKey(pem), certificate: row.certificate, path: row.path }
  }

  async #make(): Promise<SnsTables['sns_signer']> {
    const { database, secrets, clock } = this.#kernel
    const made = await selfSigned(clock.now())
    const row = {
      id: 'one',
      private_key: secrets.seal(made.privateKey, PURPOSE),
      certificate: made.certificate,
      path: `${PREFIX}${made.serial}.pem`,
    }
    return database.write(async (tx) => {
      const table = tx.tables<SnsTables>()
      const insert = table.insertInto('sns_signer').values(row)
      await insert.onConflict((conflict) => conflict.column('id').doNothing()).execute()
      return table.selectFrom('sns_signer').selectAll().executeTakeFirstOrThrow()
    })
  }
}

/** Names and values in SNS's order, a line each; a confirmation has the token and its link instead. */
function stringToSign(message: Record<string, unknown>): string {
  const names =
    message['Type'] === 'Notification'
      ? ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']
      : ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type']
  return names
    .filter((name) => typeof message[name] === 'string')
    .map((name) => `${name}\n${message[name] as string}\n`)
    .join('')
}

/** Node makes keys, but no certificates. */
async function selfSigned(now: number) {
  // Loaded by the first notification: nobody else pays for it at start.
  const { default: forge } = await import('node-forge')
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const certificate = forge.pki.createCertificate()
  // Positive, as X.509 asks.
  certificate.serialNumber = `01${randomBytes(15).toString('hex')}`
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey)
  certificate.validity.notBefore = new Date(now - DAY_MS)
  certificate.validity.notAfter = new Date(now + 3650 * DAY_MS)
  const name = [{ name: 'commonName', value: 'sns.madang' }]
  certificate.setSubject(name)
  certificate.setIssuer(name)
  certificate.sign(forge.pki.privateKeyFromPem(privateKey), forge.md.sha256.create())
  const pem = forge.pki.certificateToPem(certificate).replaceAll('\r', '')
  return { serial: certificate.serialNumber, certificate: pem, privateKey }
}
