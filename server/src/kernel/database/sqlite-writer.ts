// The writer thread: a flush to disk never stops the main thread.
import { type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { SqliteGroupWriter } from './sqlite-group.ts'
import type { WriterRequest } from './sqlite-messages.ts'

const { port } = workerData as { port: MessagePort }

port.once('message', (file: string) => {
  const writer = new SqliteGroupWriter(file, { durable: true }, (answer) =>
    port.postMessage(answer),
  )
  port.on('message', (first: WriterRequest[]) => {
    takeAll(writer, first)
    for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
      takeAll(writer, next.message as WriterRequest[])
    }
    writer.settle()
  })
})

function takeAll(writer: SqliteGroupWriter, requests: WriterRequest[]): void {
  for (const request of requests) {
    writer.take(request)
    if (request.kind === 'close') port.close()
  }
}
