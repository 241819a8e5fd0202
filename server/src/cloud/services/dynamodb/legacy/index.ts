export {
  allOrAny,
  type Expected,
  expectedTests,
  type Filter,
  filterTests,
  legacyKeyTests,
  type LegacyTest,
  type Test,
} from './conditions.ts'
export { applyAttributeUpdates, type AttributeUpdates, checkAttributeUpdates } from './updates.ts'
