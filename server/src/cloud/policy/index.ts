export { checkPolicy, invalidPrincipal, type PolicyKind } from './check.ts'
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
export { type Span, statementSpans } from './positions.ts'
export {
  type ActionFacts,
  actionFacts,
  actionsOf,
  knownPrefixes,
  serviceTitles,
  youngerActions,
} from './reference.ts'
export { traceDecision, type TracedStatement } from './trace.ts'
