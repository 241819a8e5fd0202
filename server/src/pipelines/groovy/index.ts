export type * from './ast.ts'
export type * from './host.ts'
export * from './value.ts'
export { parseGroovy } from './parse.ts'
