// A server that a test can kill: `node testing-server.ts <data folder>` prints its address.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openYard } from '../testing/yard.ts'
import { createCode } from './index.ts'
import { openCodeYard } from './testing.ts'

const home = process.argv[2]!
const isNew = !existsSync(join(home, 'madang.db'))
const { origin } = isNew
  ? (await openCodeYard({ home })).yard
  : await openYard({ home, build: (parts) => createCode(parts) })
process.stdout.write(`${origin}\n`)
