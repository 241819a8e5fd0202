// The writer thread: a flush to disk never stops the main thread.
import { type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { SqliteGroupWriter } from './sqlite-group.ts'
import { type WireMessage, WireReader } from './sqlite-wire.ts'

const { port } = workerData as { port: MessagePort }

port.once('message', (file: string) => {
  const writer = new SqliteGroupWriter(file, { durable: true }, (answer) =>
    port.postMessage(answer),
  )
  const wire = new WireReader()
  const takeAll = (message: WireMessage) => {
    for (const request of wire.requests(message)) {
      writer.take(request)
      if (request.kind === 'close') port.close()
    }
  }
  port.on('message', (first: WireMessage) => {
    takeAll(first)
    for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
      takeAll(next.message as WireMessage)
    }
    writer.settle()
  })
})
