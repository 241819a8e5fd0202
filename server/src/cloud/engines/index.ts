export * from './processes/index.ts'
