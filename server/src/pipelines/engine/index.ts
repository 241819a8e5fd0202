export type { AwsKeys, AwsScope } from './aws-scope.ts'
export { buildVariables } from './build-variables.ts'
export { tellRejection } from './rejections.ts'
export { Environment, inheritedEnvironment } from './environment.ts'
export {
  abortException,
  downstreamFailure,
  errorLines,
  failFastInterruption,
  HardAbort,
  interruption,
  interruptionOf,
  timeoutInterruption,
  isNonresumable,
  resultOf,
  stackTrace,
  suppress,
  Suspended,
  TooManySteps,
} from './failures.ts'
export { inside, NO_DOCKER, pull, withRegistry } from './docker.ts'
export { scmOf } from './globals.ts'
export { hostOf } from './host.ts'
export type { Interrupts } from './interrupts.ts'
export { invokeStep, nodeMissing } from './invoke.ts'
export type { Ask } from './ask.ts'
export { type Holder, Locks } from './locks.ts'
export { runWrapper } from './run-wrapper.ts'
export { type Library, libraryResource, loadLibraries, loadLibrary } from './libraries.ts'
export { libraryObject } from './library-object.ts'
export {
  type AgentPlace,
  NODE_NAME,
  type NodeLease,
  Nodes,
  type NodeView,
  type WaitingView,
} from './nodes.ts'
export type { ChangeEntry, DownstreamWish, EngineParts, MeantJob } from './parts.ts'
export type { Scope, ScopeFacts } from './scope.ts'
export { type ParameterValues, Session } from './session.ts'
export type { Call, Step } from './step.ts'
export type { StepArguments } from './step-arguments.ts'
export { unknownClass } from './step-fitting.ts'
export { nullPointer } from './step-refusals.ts'
export { SYMBOL } from './symbols.ts'
export { fromJson, plain, toJson } from './values.ts'
export { timeSpan } from './time-span.ts'
export { cronMember, refuseChoices, refuseTrigger } from './trigger-refusal.ts'
