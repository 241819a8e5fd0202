import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'

const folder = join(import.meta.dirname, 'node_modules/@mantine/core/styles')
const list = join(import.meta.dirname, 'src/ui/mantine.css')

/**
 * Fails a build whose pages use a component of Mantine's that `ui/mantine.css` doesn't list. Its components and its
 * styles know each other by classes with a hash (`m_77c9d27d`).
 */
export function listedStyles(): Plugin {
  return {
    name: 'listed-styles',
    apply: 'build',
    generateBundle(_options, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === 'chunk')
      const used = new Set(chunks.flatMap(({ code }) => code.match(/\bm_[0-9a-f]{6,8}\b/g) ?? []))
      const listed = readFileSync(list, 'utf8')
      const files = readdirSync(folder).filter((name) => /^\w+\.css$/.test(name))
      const styled = new Set(files.filter((name) => listed.includes(name)).flatMap(classesOf))
      const missing = files.filter((name) =>
        classesOf(name).some((part) => used.has(part) && !styled.has(part)),
      )
      if (missing.length > 0) throw new Error(`ui/mantine.css lacks ${missing.join(', ')}`)
    },
  }
}

function classesOf(file: string): string[] {
  return readFileSync(join(folder, file), 'utf8').match(/\bm_[0-9a-f]{6,8}\b/g) ?? []
}
