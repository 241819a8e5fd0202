import type { Plugin, Rolldown } from 'vite'

/** A page's own module, and what it asks the server for first; `:name` is a part of its address. */
const pages: Record<string, { module: string; calls: string[] }> = {
  '/p/:project': { module: 'overview/overview-page.tsx', calls: [] },
  '/p/:project/board': { module: 'plan/board-page.tsx', calls: ['/api/projects/:project/board'] },
  '/p/:project/issues/:issue': {
    module: 'plan/issue-page.tsx',
    calls: ['/api/projects/:project/issues/:issue'],
  },
  '/p/:project/pipelines': { module: 'pipelines/pipelines-page.tsx', calls: [] },
  '/p/:project/pipelines/:job/:number': { module: 'pipelines/run-page.tsx', calls: [] },
  '/p/:project/code/:repo/pulls/:number': { module: 'code/pull-page.tsx', calls: [] },
  '/p/:project/releases': { module: 'releases/releases-page.tsx', calls: [] },
  '/p/:project/monitor': { module: 'monitor/monitor-page.tsx', calls: [] },
  '/cloud': { module: 'cloud/overview-page.tsx', calls: [] },
}

/** What the frame around every page asks for. */
const always = ['/api/me', '/api/projects']

/**
 * Writes ahead.json: what the server names in the head of a page's answer, so that a browser fetches the page's code and
 * data beside the program instead of after it. One after the other they took four rounds.
 */
export function aheadFile(): Plugin {
  return {
    name: 'ahead',
    generateBundle(_options, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === 'chunk')
      const entry = chunks.find((chunk) => chunk.isEntry)
      const known = new Set(entry ? filesOf(entry, bundle) : [])
      const found = Object.entries(pages).map(([page, { module, calls }]) => {
        const chunk = chunks.find((file) => file.facadeModuleId?.endsWith(`/src/${module}`))
        if (!chunk) throw new Error(`ahead: no piece begins with ${module}`)
        const files = filesOf(chunk, bundle).filter((file) => !known.has(file))
        return { page, calls, files: files.map((file) => `/${file}`) }
      })
      const source = JSON.stringify({ always, pages: found })
      this.emitFile({ type: 'asset', fileName: 'ahead.json', source })
    },
  }
}

/** A piece, what it imports, and their styles. */
function filesOf(chunk: Rolldown.OutputChunk, bundle: Rolldown.OutputBundle): string[] {
  const found = new Set<string>()
  const todo = [chunk.fileName]
  for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
    const file = bundle[name]
    if (found.has(name) || file?.type !== 'chunk') continue
    found.add(name)
    todo.push(...file.imports)
    for (const style of file.viteMetadata?.importedCss ?? []) found.add(style)
  }
  return [...found]
}
