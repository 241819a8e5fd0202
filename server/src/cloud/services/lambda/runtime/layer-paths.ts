import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/**
 * Where a runtime looks in the folders of a function's layers. AWS lays them over each other below
 * `/opt`, the last one on top; here the last one's folder is looked in first.
 */
export function layerPaths(runtime: string, folders: string[]): Record<string, string[]> {
  const below = (...parts: string[]) =>
    [...folders].reverse().flatMap((folder) => present(join(folder, ...parts)))
  const major = /^nodejs(\d+)/.exec(runtime)?.[1]
  const python = /^python3\.\d+$/.test(runtime) ? runtime : undefined
  return {
    PATH: below('bin'),
    LD_LIBRARY_PATH: below('lib'),
    ...(major && {
      NODE_PATH: [
        ...below('nodejs', `node${major}`, 'node_modules'),
        ...below('nodejs', 'node_modules'),
      ],
    }),
    ...(python && {
      PYTHONPATH: [...below('python'), ...below('python', 'lib', python, 'site-packages')],
    }),
  }
}

const present = (path: string) => (existsSync(path) ? [path] : [])

/** The environment with the layers' paths before its own. */
export function withPaths(
  env: Record<string, string>,
  paths: Record<string, string[]>,
): Record<string, string> {
  const added = Object.entries(paths).flatMap(([name, folders]) => {
    const all = [...folders, ...(env[name] ? [env[name]] : [])]
    return all.length > 0 ? [[name, all.join(delimiter)]] : []
  })
  return { ...env, ...(Object.fromEntries(added) as Record<string, string>) }
}

/** `bootstrap` of the package, else of the topmost layer that has one. */
export const bootstrapFolder = (taskRoot: string, layers: string[]) =>
  [taskRoot, ...[...layers].reverse()].find((folder) => existsSync(join(folder, 'bootstrap'))) ??
  taskRoot
