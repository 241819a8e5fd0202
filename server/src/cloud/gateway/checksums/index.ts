export { checksumsAside, type ChecksumsAside } from './aside.ts'
export { type Checksum, createChecksum, isChecksumName, loadCrc64 } from './checksum.ts'
