// What both bundles (the server, the cloud for unit tests) ask of esbuild.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'

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
        // The programs of these threads are bundled, too, and lie beside the bundle.
        if (/[\\/](?:database[\\/]writer-thread|checksums[\\/]aside)\.ts$/.test(path)) {
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

const late = `
const late = (name) => new Proxy(function () {}, {
  get: (_, key) => Reflect.get(load()[name], key),
  has: (_, key) => Reflect.has(load()[name], key),
  apply: (_, self, args) => Reflect.apply(load()[name], self, args),
  construct(_, args, called) {
    const real = load()[name]
    return Reflect.construct(real, args, called === own[name] ? real : called)
  },
})`

/**
 * Packages whose code runs when something of theirs is first called or made: parsers that no start needs
 * (a quarter of what a start evaluates). Only functions and classes can be given out before that.
 */
export const lateModules = (packages) => ({
  name: 'late-modules',
  setup(build) {
    const filter = new RegExp(`^(?:${packages.join('|')})$`)
    build.onResolve({ filter }, ({ path, importer, kind }) =>
      kind === 'import-statement' && /[\\/]server[\\/]src[\\/]/.test(importer)
        ? { path, namespace: 'late', pluginData: importer }
        : undefined,
    )
    build.onLoad({ filter: /.*/, namespace: 'late' }, ({ path, pluginData: importer }) => {
      const given = createRequire(importer)(path)
      const names = Object.keys(given).filter((name) => typeof given[name] === 'function')
      const load = `const load = () => require(${JSON.stringify(path)})`
      const own = `const own = {}`
      const each = names.map(
        (name) => `const ${name}_ = own.${name} = late('${name}'); export { ${name}_ as ${name} }`,
      )
      const contents = [load, own, late, ...each].join('\n')
      return { contents, loader: 'js', resolveDir: dirname(importer) }
    })
  },
})
