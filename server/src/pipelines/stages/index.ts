export { runDeclarative } from './declarative.ts'
export { nestedSteps } from './nested.ts'
