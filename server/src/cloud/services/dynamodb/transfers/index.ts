export { exportOperations, handleExports } from './exports.ts'
export { handleImports, importOperations } from './imports.ts'
