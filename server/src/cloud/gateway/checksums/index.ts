export { checksumsAside, type ChecksumsAside, sumThread } from './aside.ts'
export { type Checksum, createChecksum, isChecksumName, loadCrc64 } from './checksum.ts'
export { type Berth, berths } from './sum-memory.ts'
