import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'

/** The writer thread and the port to it; it opens no file before its first message, the file's path. */
export interface WriterThread {
  worker: Worker
  port: MessagePort
}

let awake: WriterThread | undefined

/**
 * Starts the thread before anyone needs it: it takes 40 ms to wake, beside the loading of the program when it is begun
 * first (the built entry does), or after it.
 */
export function wakeWriter(): void {
  awake ??= begun()
}

/** The thread that is awake already, or one of its own. */
export function takeWriter(): WriterThread {
  const thread = awake ?? begun()
  awake = undefined
  return thread
}

/** Where another database serves. */
export async function dismissWriter(): Promise<void> {
  const thread = awake
  awake = undefined
  await thread?.worker.terminate()
}

function begun(): WriterThread {
  const { port1, port2 } = new MessageChannel()
  const here = import.meta.url
  const script = new URL(here.endsWith('.ts') ? './sqlite-writer.ts' : './sqlite-writer.js', here)
  const worker = new Worker(script, {
    workerData: { port: port2 },
    transferList: [port2],
    execArgv: ['--disable-warning=ExperimentalWarning'],
  })
  // Neither keeps the process alive by itself; a server does.
  worker.unref()
  return { worker, port: port1 }
}
