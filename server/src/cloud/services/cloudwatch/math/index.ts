export { evaluate } from './evaluate.ts'
export { type Expression, parseExpression } from './parse.ts'
export type { MathScope, MathValue, Series } from './value.ts'
