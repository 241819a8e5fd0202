import { endpoint } from './endpoint.ts'
import { defineErrors } from './errors.ts'
import { type Infer, z } from './schema.ts'

const moment = z.iso.datetime()

/** A public OpenPGP key that somebody's commits are known by. */
export const gpgKey = z.object({
  id: z.string(),
  /** Upper case hex. */
  fingerprint: z.string(),
  /** Of the key and its subkeys, 16 hex digits each. */
  keyIds: z.array(z.string()),
  /** `Name <mail@example.com>`. */
  userIds: z.array(z.string()),
  /** Such as `rsa4096`, `ed25519`. */
  algorithm: z.string(),
  createdAt: moment,
  expiresAt: moment.optional(),
})
export type GpgKey = Infer<typeof gpgKey>

const keys = '/api/gpg-keys'

/** The calls about keys that signatures of commits are known by; SSH keys are in `code-keys`. */
export const codeSigningEndpoints = {
  gpgKeyList: endpoint({
    method: 'GET',
    path: keys,
    access: 'signedIn',
    result: z.object({ items: z.array(gpgKey) }),
  }),
  gpgKeyCreate: endpoint({
    method: 'POST',
    path: keys,
    access: 'signedIn',
    /** Armoured: `-----BEGIN PGP PUBLIC KEY BLOCK-----`. */
    body: z.object({ key: z.string().trim().min(1).max(200_000) }),
    result: gpgKey,
  }),
  gpgKeyDelete: endpoint({
    method: 'DELETE',
    path: `${keys}/:id`,
    access: 'signedIn',
    params: z.object({ id: z.string() }),
    result: z.object({ done: z.literal(true) }),
  }),
  /** The key that merges and commits made here are signed with. */
  signingKeyGet: endpoint({
    method: 'GET',
    path: '/api/signing-key',
    access: 'signedIn',
    /** `key` is one line of OpenSSH's format, for a file of allowed signers. */
    result: z.object({ key: z.string(), fingerprint: z.string() }),
  }),
}

export const codeSigningErrors = defineErrors({
  gpgKeyInvalid: {
    status: 400,
    en: 'This is not an armoured OpenPGP public key (gpg --armor --export).',
    ko: 'OpenPGP 공개 키가 아닙니다(gpg --armor --export로 내보낸 텍스트를 넣으세요).',
  },
  gpgKeyPrivate: {
    status: 400,
    en: 'This is a private key. It must never leave your machine; export the public key instead.',
    ko: '개인 키입니다. 개인 키는 절대 밖으로 보내지 마세요. 대신 공개 키를 내보내세요.',
  },
  gpgKeyTaken: {
    status: 409,
    en: 'This key, or one of its subkeys, is registered already.',
    ko: '이 키 또는 하위 키가 이미 등록되어 있습니다.',
  },
  gpgKeyNotFound: {
    status: 404,
    en: 'There is no such key.',
    ko: '그런 키가 없습니다.',
  },
})
