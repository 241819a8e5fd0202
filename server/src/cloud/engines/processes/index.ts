export {
  type Bubblewrap,
  createBubblewrapProcesses,
  findBubblewrap,
  probeBubblewrap,
} from './bubblewrap.ts'
export { createHostProcesses } from './host.ts'
export type {
  Confinement,
  Exit,
  OutputLine,
  ProcessSpec,
  Processes,
  RunningProcess,
} from './port.ts'
