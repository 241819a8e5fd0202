export { checkPolicy, type PolicyKind } from './check.ts'
export { parsePolicy, type PolicyDocument, PolicyFault, readPolicy } from './document.ts'
export {
  evaluate,
  type NamedPolicy,
  type PolicyLayer,
  type Question,
  type Subject,
  type Verdict,
} from './evaluate.ts'
export { explain } from './explain.ts'
export { matches, type Values } from './match.ts'
