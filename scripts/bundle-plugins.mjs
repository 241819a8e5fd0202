// What both bundles (the server, the cloud for unit tests) ask of esbuild.
import { readFileSync } from 'node:fs'

/**
 * Replaces import.meta.url and .dirname in our own modules, so that what is read beside the code is still
 * found. `placeOf(path)` gives where the source, or what stands for its folder, lies from the bundle.
 */
export function keepPlaces(placeOf, { url = 'import.meta.url' } = {}) {
  return {
    name: 'keep-places',
    setup(build) {
      build.onLoad({ filter: /[\\/]server[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
        const text = readFileSync(path, 'utf8')
        // The writer thread is bundled, too, and lies beside the bundle.
        if (/[\\/]database[\\/]writer-thread\.ts$/.test(path)) {
          return { contents: text.replaceAll('import.meta.url', url), loader: 'ts' }
        }
        if (!text.includes('import.meta')) return undefined
        const place = JSON.stringify(placeOf(path).replaceAll('\\', '/'))
        const contents = text
          .replaceAll('import.meta.url', `new URL(${place}, META).href`)
          .replaceAll(
            'import.meta.dirname',
            `decodeURIComponent(new URL('.', new URL(${place}, META)).pathname.slice(0, -1))`,
          )
          .replaceAll('META', url)
        return { contents, loader: 'ts' }
      })
    },
  }
}

/**
 * Node's own modules by process.getBuiltinModule: an import makes every lazy export of theirs at once,
 * and `node:http` has the whole of fetch among them (40 ms and 8 MB of each start).
 */
export const ownModules = {
  name: 'own-modules',
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'own' } : undefined,
    )
    build.onLoad({ filter: /.*/, namespace: 'own' }, ({ path }) => {
      const names = Object.keys(process.getBuiltinModule(path)).filter((name) => name !== 'default')
      // A pure call that nobody uses is left out, so only what is imported is made.
      const each = names.map(
        (name) =>
          `const ${name}_ = /* @__PURE__ */ pick('${name}'); export { ${name}_ as ${name} }`,
      )
      const from = `const own = process.getBuiltinModule(${JSON.stringify(path)})`
      const pick = 'const pick = (name) => own[name]'
      return { contents: [from, pick, 'export default own', ...each].join('\n'), loader: 'js' }
    })
  },
}
