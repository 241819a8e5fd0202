// Asks the released app whether it is well and of the version that was released.
import { request } from 'node:http'

const [url, version] = process.argv.slice(2)
const { hostname, port, protocol, host } = new URL(url)
// Every name below .localhost is this machine, which not every resolver knows.
const address = hostname.endsWith('.localhost') ? '127.0.0.1' : hostname

const { status, body } = protocol === 'https:' ? await overHttps() : await overHttp()
console.log(`GET ${url}health -> ${status} ${body}`)
if (status !== 200 || JSON.parse(body).version !== version) process.exit(1)

async function overHttps() {
  const response = await fetch(new URL('/health', url))
  return { status: response.status, body: await response.text() }
}

function overHttp() {
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: address, port, path: '/health', headers: { host } },
      (response) => {
        let body = ''
        response.on('data', (piece) => (body += piece))
        response.on('end', () => resolve({ status: response.statusCode, body }))
      },
    )
    asked.on('error', reject)
    asked.end()
  })
}
