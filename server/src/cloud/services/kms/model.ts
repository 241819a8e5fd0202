import { createHash } from 'node:crypto'
import { isAsymmetric, type KeyUsage, specs } from './specs.ts'

export interface Place {
  account: string
  region: string
}

/** One version of a key's secret; only its sealed form is kept. */
export interface Material {
  /** 64 hex digits, as AWS shows them: made of the key's id and the secret. */
  id: string
  /** Absent while imported material is deleted or expired, so that it can be imported again. */
  sealed?: string
  createdAtMs: number
  rotation?: 'AUTOMATIC' | 'ON_DEMAND'
  /** Imported, but not yet rotated to. */
  isPending?: boolean
  description?: string
  expirationModel?: 'KEY_MATERIAL_EXPIRES' | 'KEY_MATERIAL_DOES_NOT_EXPIRE'
  validToMs?: number
}

export interface Key extends Place {
  /** A UUID; `mrk-` and 32 hex digits when it can have replicas. */
  id: string
  createdAtMs: number
  description: string
  usage: KeyUsage
  spec: string
  origin: 'AWS_KMS' | 'EXTERNAL'
  /** For an AWS managed key, the service of its alias (`s3`). */
  managedFor?: string
  enabled: boolean
  policy: string
  tags: Record<string, string>
  materials: Material[]
  currentMaterialId?: string
  /** Where the primary of a multi-Region key is. */
  primaryRegion?: string
  deletionAtMs?: number
  deletionWindowDays?: number
  rotation?: { periodDays: number; nextAtMs: number }
  onDemandRotations?: number
}

export interface Alias extends Place {
  /** With its `alias/`. */
  name: string
  targetId: string
  createdAtMs: number
  updatedAtMs: number
}

export interface Grant extends Place {
  id: string
  keyId: string
  token: string
  name?: string
  createdAtMs: number
  issuer: string
  /** An ARN, or an AWS service's name. */
  grantee: string
  retiring?: string
  operations: string[]
  subset?: Record<string, string>
  equals?: Record<string, string>
  sourceArn?: string
}

export type KeyState =
  | 'Enabled'
  | 'Disabled'
  | 'PendingDeletion'
  | 'PendingReplicaDeletion'
  | 'PendingImport'

export const keyArn = ({ region, account, id }: Place & { id: string }) =>
  `arn:aws:kms:${region}:${account}:key/${id}`

export const aliasArn = ({ region, account }: Place, name: string) =>
  `arn:aws:kms:${region}:${account}:${name}`

export const specOf = ({ spec }: Pick<Key, 'spec'>) => specs[spec]!

export const algorithmsOf = (key: Key): string[] => specOf(key).usages[key.usage] ?? []

export const isReplica = (key: Key): boolean =>
  key.primaryRegion !== undefined && key.primaryRegion !== key.region

/** The secret in use, while there is one. */
export function currentMaterial(key: Key, now: number): Material | undefined {
  const material = key.materials.find(({ id }) => id === key.currentMaterialId)
  return material && isThere(material, now) ? material : undefined
}

export const isThere = ({ sealed, validToMs }: Material, now: number): boolean =>
  sealed !== undefined && (validToMs === undefined || now < validToMs)

/** Pending deletion outranks the rest; a key with any of its materials gone can't be used. */
export function stateOf(key: Key, now: number): KeyState {
  if (key.deletionAtMs !== undefined) return 'PendingDeletion'
  const needed = key.materials.filter(({ isPending }) => !isPending)
  const isWhole = needed.length > 0 && needed.every((material) => isThere(material, now))
  if (!isWhole) return 'PendingImport'
  return key.enabled ? 'Enabled' : 'Disabled'
}

/** The same secret in the same key has the same id, wherever and whenever it is imported. */
export const materialId = (keyId: string, secret: Uint8Array): string =>
  createHash('sha256').update(keyId).update(secret).digest('hex')

/** What rotates: symmetric encryption keys alone. */
export const canRotate = (key: Key): boolean => key.spec === 'SYMMETRIC_DEFAULT'

export const hasPublicKey = (key: Key): boolean => isAsymmetric(specOf(key))

/** The secret is gone, and its id stays: only the same may be imported again. */
export function withoutSecret(material: Material): Material {
  const { sealed: _, validToMs: __, expirationModel: ___, ...rest } = material
  return rest
}
