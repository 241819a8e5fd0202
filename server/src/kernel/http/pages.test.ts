import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { configFor, createKernel, type Kernel, staticFiles } from '../index.ts'

const folder = mkdtempSync(join(tmpdir(), 'madang-pages-'))
let kernel: Kernel
let origin: string

const dist = join(folder, 'dist')

beforeAll(async () => {
  mkdirSync(join(dist, 'assets'), { recursive: true })
  writeFileSync(join(dist, 'index.html'), '<!doctype html>the pages')
  writeFileSync(join(dist, 'assets', 'board-x.js'), 'export {}')
  const files = ['/assets/board-x.js', '/assets/board-x.css']
  const page = { page: '/p/:project/board', files, calls: ['/api/projects/:project/board'] }
  writeFileSync(join(dist, 'ahead.json'), JSON.stringify({ always: ['/api/me'], pages: [page] }))
  kernel = await createKernel(configFor({ home: join(folder, 'home'), port: 0 }))
  kernel.http.guardWith({ identify: async () => undefined, roleIn: async () => undefined })
  kernel.http.pages(staticFiles(dist)!)
  origin = await kernel.http.listen()
})

afterAll(async () => {
  await kernel.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function linkOf(path: string, cookie?: string): Promise<string> {
  const response = await fetch(origin + path, { headers: cookie ? { cookie } : {} })
  expect(await response.text()).toContain('the pages')
  return response.headers.get('link') ?? ''
}

test('a page names its code and data ahead', async () => {
  const link = await linkOf('/p/GB/board', 'language=ko; madang_session=x')
  expect(link.split(', ')).toEqual([
    '</api/me>; rel=preload; as=fetch; crossorigin=anonymous',
    '</api/projects/GB/board>; rel=preload; as=fetch; crossorigin=anonymous',
    '</assets/board-x.js>; rel=modulepreload; crossorigin=anonymous',
    '</assets/board-x.css>; rel=preload; as=style; crossorigin=anonymous',
  ])
})

test('data only for who is signed in, code only of that page', async () => {
  expect(await linkOf('/p/GB/board')).not.toContain('/api/')
  expect(await linkOf('/settings/tokens')).toBe('')
  expect(await linkOf('/settings/tokens', 'madang_session=x')).toContain('/api/me')
})

test('what an address holds never becomes a header', async () => {
  expect(await linkOf('/p/A>;B/board', 'madang_session=x')).not.toContain('A>')
})

test('pieces are kept for ever, the page itself never, and a piece that is gone is not found', async () => {
  const piece = await fetch(`${origin}/assets/board-x.js`)
  expect(piece.headers.get('cache-control')).toContain('immutable')
  expect((await fetch(`${origin}/p/GB`)).headers.get('cache-control')).toBe('no-cache')
  expect((await fetch(`${origin}/assets/gone.js`)).status).toBe(404)
})

test('pages that are built anew below a running server are the ones it sends', async () => {
  const get = async (path: string) => {
    const response = await fetch(origin + path)
    return [response.status, response.ok && (await response.text())]
  }
  writeFileSync(join(dist, 'assets', 'issue-x.js'), 'export {}')
  utimesSync(join(dist, 'index.html'), 1, 1)
  await get('/p/GB')
  rmSync(join(dist, 'assets', 'issue-x.js'))
  expect(await get('/assets/issue-x.js')).toEqual([404, false])
  rmSync(dist, { recursive: true })
  expect(await get('/p/GB')).toEqual([404, false])
  mkdirSync(join(dist, 'assets'), { recursive: true })
  writeFileSync(join(dist, 'assets', 'board-y.js'), 'export const y = 1')
  writeFileSync(join(dist, 'index.html'), 'the new pages')
  expect(await get('/p/GB')).toEqual([200, 'the new pages'])
  expect(await get('/assets/board-y.js')).toEqual([200, 'export const y = 1'])
})
