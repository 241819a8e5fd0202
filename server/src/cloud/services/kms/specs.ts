/** What a key of each spec is made of and may be used for (API reference of CreateKey). */
export interface SpecFacts {
  family: 'symmetric' | 'hmac' | 'rsa' | 'ec' | 'ed25519' | 'ml-dsa' | 'ml-kem'
  /** What a key may be for, each with its algorithms. */
  usages: Partial<Record<KeyUsage, string[]>>
  /** Bytes of a secret, bits of a modulus. */
  size?: number
  /** As OpenSSL calls it. */
  name?: string
}

export type KeyUsage =
  | 'ENCRYPT_DECRYPT'
  | 'SIGN_VERIFY'
  | 'GENERATE_VERIFY_MAC'
  | 'KEY_AGREEMENT'
  | 'ENCAPSULATE_DECAPSULATE'

const rsaSigning = ['RSASSA_PKCS1_V1_5', 'RSASSA_PSS'].flatMap((scheme) =>
  ['256', '384', '512'].map((bits) => `${scheme}_SHA_${bits}`),
)

const rsa = (size: number): SpecFacts => ({
  family: 'rsa',
  size,
  usages: {
    ENCRYPT_DECRYPT: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'],
    SIGN_VERIFY: rsaSigning,
  },
})

const nist = (name: string, hash: string): SpecFacts => ({
  family: 'ec',
  name,
  usages: { SIGN_VERIFY: [`ECDSA_SHA_${hash}`], KEY_AGREEMENT: ['ECDH'] },
})

const hmac = (bits: string, size: number): SpecFacts => ({
  family: 'hmac',
  size,
  usages: { GENERATE_VERIFY_MAC: [`HMAC_SHA_${bits}`] },
})

const mlDsa = (level: string): SpecFacts => ({
  family: 'ml-dsa',
  name: `ml-dsa-${level}`,
  usages: { SIGN_VERIFY: ['ML_DSA_SHAKE_256'] },
})

const mlKem = (level: string): SpecFacts => ({
  family: 'ml-kem',
  name: `ml-kem-${level}`,
  usages: { ENCAPSULATE_DECAPSULATE: ['ML_KEM'] },
})

export const specs: Record<string, SpecFacts> = {
  SYMMETRIC_DEFAULT: {
    family: 'symmetric',
    size: 32,
    usages: { ENCRYPT_DECRYPT: ['SYMMETRIC_DEFAULT'] },
  },
  RSA_2048: rsa(2048),
  RSA_3072: rsa(3072),
  RSA_4096: rsa(4096),
  ECC_NIST_P256: nist('P-256', '256'),
  ECC_NIST_P384: nist('P-384', '384'),
  ECC_NIST_P521: nist('P-521', '512'),
  ECC_SECG_P256K1: {
    family: 'ec',
    name: 'secp256k1',
    usages: { SIGN_VERIFY: ['ECDSA_SHA_256'] },
  },
  ECC_NIST_EDWARDS25519: {
    family: 'ed25519',
    name: 'ed25519',
    usages: { SIGN_VERIFY: ['ED25519_SHA_512', 'ED25519_PH_SHA_512'] },
  },
  HMAC_224: hmac('224', 28),
  HMAC_256: hmac('256', 32),
  HMAC_384: hmac('384', 48),
  HMAC_512: hmac('512', 64),
  ML_DSA_44: mlDsa('44'),
  ML_DSA_65: mlDsa('65'),
  ML_DSA_87: mlDsa('87'),
  ML_KEM_512: mlKem('512'),
  ML_KEM_768: mlKem('768'),
  ML_KEM_1024: mlKem('1024'),
}

export const isAsymmetric = ({ family }: SpecFacts): boolean =>
  family !== 'symmetric' && family !== 'hmac'

/** Bytes of the hash an algorithm's name ends in; undefined where it names none. */
export function hashOf(algorithm: string): { name: string; size: number } | undefined {
  const bits = /_SHA_(1|224|256|384|512)$/.exec(algorithm)?.[1]
  if (bits === undefined) return undefined
  return { name: `sha${bits}`, size: bits === '1' ? 20 : Number(bits) / 8 }
}
