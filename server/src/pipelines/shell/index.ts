export {
  exitCodeIn,
  groupIn,
  isAlive,
  noteStart,
  prepareControl,
  type Started,
} from './detached.ts'
export { createBell, cutApart, dropLong } from './follow.ts'
export { cookieOf, endLeftovers } from './leftovers.ts'
export {
  type ContainerEntry,
  LARGEST_STDOUT_BYTES,
  LOST,
  placed,
  runScript,
  shellCommand,
  type ShellScript,
  signalProgram,
  stdoutOf,
  untilPid,
} from './program.ts'
export { startDetached } from './start.ts'
