// A server that a test can kill: `node testing-server.ts <data folder>` prints its address.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openYard } from '../testing/yard.ts'
import { createCode } from './index.ts'
import { openCodeYard } from './testing.ts'

const home = process.argv[2]!
// What an import of a test asks is on this machine.
const config = { outgoingAllow: ['127.0.0.1'] }
const isNew = !existsSync(join(home, 'madang.db'))
const { origin } = isNew
  ? (await openCodeYard({ home, config })).yard
  : await openYard({ home, config, build: (parts) => createCode(parts) })
process.stdout.write(`${origin}\n`)
