export {
  exitCodeIn,
  groupIn,
  isAlive,
  noteStart,
  prepareControl,
  signalGroup,
  type Started,
  startDetached,
} from './detached.ts'
export { createBell, cutApart, dropLong } from './follow.ts'
export { endLeftovers } from './leftovers.ts'
export {
  type ContainerEntry,
  LARGEST_STDOUT_BYTES,
  LOST,
  runScript,
  shellCommand,
  type ShellScript,
  stdoutOf,
  untilPid,
} from './program.ts'
