export {
  addKey,
  type KeyOwner,
  listKeys,
  type NewKey,
  ownerOf,
  presentDeployKey,
  presentKey,
  projectKeyOwner,
  removeKey,
  renameKey,
} from './keys.ts'
export { hostKeyAt } from './host-key.ts'
export { ssh2 } from './library.ts'
export {
  fingerprintOf,
  newKeyPair,
  parsePublicKey,
  type PublicKey,
  publicKeyOf,
  sshKeyObject,
} from './public-key.ts'
export { keyMigrations, type KeyRow, keysByFingerprint, keysOf, markKeyUsed } from './store-keys.ts'
