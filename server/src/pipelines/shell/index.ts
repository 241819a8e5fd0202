export { exitCodeIn } from './detached.ts'
export { LOST, runScript, type ShellScript, stdoutOf } from './program.ts'
