export { asksOutside, expandOutside, type OutsideCall, withoutTransforms } from './expand.ts'
export {
  activeOutputs,
  activeResources,
  dependencyGraph,
  type Graph,
  inOrder,
  refuseSkipped,
} from './graph.ts'
export type * from './model.ts'
export { type GivenParameter, isList, parameterTexts, parameterValues } from './parameters.ts'
export { parseTemplate } from './parse.ts'
export { readParameters, readTemplate, transformsOf } from './read.ts'
export { type Reference, referencesIn } from './references.ts'
export {
  holds,
  KNOWN_AFTER_APPLY,
  resolve,
  resolveConditions,
  type ResourceView,
  type Scope,
} from './resolve.ts'
export { checkRules } from './rules.ts'
export {
  checkSecure,
  isStoredName,
  storedType,
  type StoreReference,
  storeReferencesIn,
  withStored,
} from './store-references.ts'
export { checkStackPolicy, type GuardedAction, refusalOf } from './stack-policy.ts'
export { transform } from './transform.ts'
export {
  neededCapabilities,
  refuseSnapshots,
  type TypeCatalogue,
  validateTemplate,
} from './validate.ts'
export { asCall, canonical, invalid, isStructure, type Structure, type Value } from './value.ts'
