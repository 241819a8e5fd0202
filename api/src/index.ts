export * from './endpoint.ts'
export * from './errors.ts'
export * from './registry.ts'
export * from './code.ts'
