export { mappingOperations } from './operations.ts'
export { MappingReaders } from './readers.ts'
