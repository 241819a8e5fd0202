export { exitCodeIn } from './detached.ts'
export { endLeftovers } from './leftovers.ts'
export { type ContainerEntry, LOST, runScript, type ShellScript, stdoutOf } from './program.ts'
