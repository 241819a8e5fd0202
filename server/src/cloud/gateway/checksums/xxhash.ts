import { createXXHash128, createXXHash3, createXXHash64, type IHasher } from 'hash-wasm'

const makers = { createXXHash128, createXXHash3, createXXHash64 }

/** A file of its own, loaded when first asked for, as CRC-64/NVME's. Digests are big-endian. */
export const openXxhash = (name: keyof typeof makers): Promise<IHasher> => makers[name]()
