// Turns the TypeScript sources into what the Lambda runtime loads: types stripped, `.ts` imports renamed.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'

rmSync('dist', { recursive: true, force: true })
mkdirSync('dist')
for (const name of readdirSync('src')) {
  if (!name.endsWith('.ts') || name.endsWith('.test.ts')) continue
  const code = stripTypeScriptTypes(readFileSync(`src/${name}`, 'utf8'), { mode: 'strip' })
  const renamed = code.replace(/(from '\.\/[\w-]+)\.ts'/g, "$1.mjs'")
  writeFileSync(`dist/${name.replace(/\.ts$/, '.mjs')}`, renamed)
  console.log(`built ${name}`)
}
