// Node's own require, whatever a test runner puts in its place.
const { createRequire } = process.getBuiltinModule('node:module')
export const { startCloud } = createRequire(import.meta.url)('./loader.cjs')
