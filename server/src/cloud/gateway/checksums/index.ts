export { checksumsAside, type ChecksumsAside, type SumThread, sumThread } from './aside.ts'
export { type Checksum, createChecksum, isChecksumName } from './checksum.ts'
export { type Berth, berths } from './sum-memory.ts'
