export type * from './ast.ts'
export type * from './host.ts'
export { hashMap } from './arranged.ts'
export {
  GroovyBigInteger,
  GroovyClass,
  GroovyArray,
  GroovyClosure,
  GroovyDate,
  GroovyDecimal,
  GroovyDouble,
  GroovyMap,
  GroovyObject,
  GroovyRange,
  GroovySet,
  GString,
  HostObject,
  jsonNull,
} from './value.ts'
export type { HostArguments, HostPort, Value } from './value.ts'
export { classFindings } from './class-findings.ts'
export { classOf } from './classes.ts'
export { groovyEquals } from './equality.ts'
export {
  describeThrown,
  GroovyError,
  hostError,
  isThrowable,
  rememberTrace,
  traceOf,
} from './errors.ts'
export { createInterpreter } from './interpreter.ts'
export { fromJson, toJson } from './json.ts'
export { parseJsonLib, plainJson } from './json-lib.ts'
export { jsonLibPretty } from './json-lib-text.ts'
export type { Json } from './json.ts'
export { parseGroovy } from './parse.ts'
export type { ClassFile } from './class-file.ts'
export { patternProblem } from './pattern-problem.ts'
export { toGroovyString, toJavaString } from './print.ts'
export { compilePattern } from './regex.ts'
export { isTruthy } from './truth.ts'
export { unmodifiable } from './unmodifiable.ts'
