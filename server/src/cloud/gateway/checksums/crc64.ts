import { createCRC64, type IHasher } from 'hash-wasm'

/**
 * CRC-64/NVME; hash-wasm takes the polynomial reflected. A file of its own, loaded when first asked for:
 * the bundle gives no names to a CommonJS package that is itself imported late.
 */
export const openCrc64 = (): Promise<IHasher> => createCRC64('9a6c9329ac4bc9b5')
