import { createRequire } from 'node:module'

type Ssh2 = typeof import('ssh2')

const load = createRequire(import.meta.url)
let loaded: Ssh2 | undefined

/** ssh2, loaded at the first connection or key: 60 ms that most starts need not wait for. */
export const ssh2 = (): Ssh2 => (loaded ??= load('ssh2') as Ssh2)
