// The least a server on Node can do: `node bare-http.mjs [port]` reads the body and answers 4 KB to a GET.
import { createServer } from 'node:http'

const SIZE_BYTES = 4096
const body = Buffer.alloc(SIZE_BYTES, 'x')

const server = createServer((request, response) => {
  request.on('data', () => undefined)
  request.on('end', () => {
    if (request.method === 'GET') response.setHeader('content-length', SIZE_BYTES).end(body)
    else response.setHeader('content-length', 0).end()
  })
})
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  process.stdout.write(`port ${server.address().port}\n`)
})
