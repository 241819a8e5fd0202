// `npm run dev`: the server from its sources, started anew when they change, and pages that reload.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { root } from './toolchain.mjs'

const server = ['--watch', '--disable-warning=ExperimentalWarning', 'server/src/main.ts']
const children = [
  spawn(process.execPath, [...server, ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' }),
  spawn(process.execPath, [join(root, 'node_modules/vite/bin/vite.js')], {
    cwd: join(root, 'web'),
    stdio: 'inherit',
  }),
]

const stop = () => {
  for (const child of children) child.kill('SIGTERM')
}
process.on('SIGINT', stop)
process.on('SIGTERM', stop)
for (const child of children) child.on('exit', stop)
