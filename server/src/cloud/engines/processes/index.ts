export { createHostProcesses } from './host.ts'
export type { Exit, OutputLine, ProcessSpec, Processes, RunningProcess } from './port.ts'
