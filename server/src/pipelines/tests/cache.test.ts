import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bedOfFile, runFile } from './bed.ts'

// What a run keeps for the next one.

const { bed, clone, home } = await bedOfFile()

const file = (more = '') => `
pipeline {
  agent any
  stages {
    stage('Build') {
      steps {
        deleteDir()
        checkout scm
        cache(maxCacheSize: 1, caches: [
          arbitraryFileCache(path: 'libs', cacheValidityDecidingFile: 'lock.json', excludes: '**/*.tmp')
        ]${more}) {
          sh '''
            if [ -e libs/a/lib ]; then echo "quick: $(cat libs/a/lib) $(readlink libs/link)"
            else echo slow; mkdir -p libs/a; cp lock.json libs/a/lib; ln -s a/lib libs/link; touch libs/x.tmp; fi
          '''
        }
        sh 'ls libs'
      }
    }
  }
}
`
/** What the step says of its cache, without times and the name. */
const said = (log: string) =>
  log
    .split('\n')
    .filter((line) => line.startsWith('[Cache for '))
    .map((line) => line.replace(/^\[.*?\] /, '').replace(/\d+ms/, 'Nms'))

const SEARCHED = ['Searching cache in job specific caches...']

test('the next run finds what the lock file still stands for, and another lock file begins anew', async () => {
  const first = await runFile(clone, bed.origin, file(), { 'lock.json': 'one' })
  expect([first.run.result, first.log]).toEqual(['SUCCESS', expect.stringContaining('slow')])
  expect(said(first.log)).toEqual([
    ...SEARCHED,
    'Searching cache in default caches...',
    'Skip restoring cache as no up-to-date cache exists',
    'Creating cache...',
    'Cache created in Nms',
  ])
  const second = await runFile(clone, bed.origin, file(), { note: 'only this' })
  expect(second.log).toContain('quick: one a/lib')
  expect(second.log).not.toContain('x.tmp')
  expect(said(second.log)).toEqual([
    ...SEARCHED,
    'Found cache in job specific caches',
    'Restoring cache...',
    'Cache restored in Nms',
    'Skip cache creation as the cache is up-to-date',
  ])
  const outdated =
    'cacheValidityDecidingFile configured, but previous hash does not match - cache outdated'
  const third = await runFile(clone, bed.origin, file(), { 'lock.json': 'two' })
  expect(third.log).toContain('slow')
  expect(said(third.log)).toEqual([
    ...SEARCHED,
    outdated,
    'Searching cache in default caches...',
    'Skip restoring cache as no up-to-date cache exists',
    outdated,
    'Creating cache...',
    'Cache created in Nms',
  ])
})

test('another branch begins with the cache of the branch it names', async () => {
  const { log } = await runFile(clone, bed.origin, file(", defaultBranch: 'main'"), {}, 'next')
  expect(log).toContain('quick: two')
  expect(said(log)).toContain('Found cache in default caches')
  expect(said(log).at(-1)).toBe('Skip cache creation as the default cache is still valid')
})

test('a cache that outgrew its bound is dropped, and a failed build keeps its own', async () => {
  const big = `node {
    cache(maxCacheSize: 1, caches: [arbitraryFileCache(path: 'big')]) {
      sh 'mkdir -p big && head -c 2000000 /dev/zero > big/zeros'
    }
  }`
  const grown = await runFile(clone, bed.origin, big)
  expect(grown.run.result).toBe('SUCCESS')
  expect(grown.log).toContain(
    'Removing job cache as it has grown beyond configured maximum size of 1M. ' +
      'Next build will start with no cache.',
  )
  const failing = `node {
    cache(caches: [arbitraryFileCache(path: 'kept')], maxCacheSize: 5) {
      sh 'mkdir -p kept; cat kept/it || true; echo from the failed one > kept/it; exit 3'
    }
  }`
  await runFile(clone, bed.origin, failing, {}, 'fails')
  const next = await runFile(
    clone,
    bed.origin,
    failing.replace('node {', 'node { deleteDir()'),
    {},
    'fails',
  )
  expect(next.run.result).toBe('FAILURE')
  expect(next.log).toContain('from the failed one')
})

test('the same bytes are kept once, and nothing outside the workspace and the home folder is kept', async () => {
  const same = `node {
    cache(maxCacheSize: 1, caches: [arbitraryFileCache(path: 'same')]) {
      sh 'mkdir -p same && echo equal > same/file && touch -d @1700000000 same same/file'
    }
  }`
  await runFile(clone, bed.origin, same, {}, 'left')
  const archives = () => readdirSync(join(home, 'caches/GB/archives'))
  const before = archives()
  await runFile(clone, bed.origin, same, {}, 'right')
  expect(archives()).toEqual(before)
  const outside = same.replace("path: 'same'", "path: '/etc'")
  const { run, log } = await runFile(clone, bed.origin, outside)
  expect(run.result).toBe('FAILURE')
  expect(log).toContain('/etc is neither in the workspace nor below the home folder')
  const up = await runFile(clone, bed.origin, same.replace("path: 'same'", "path: '../other'"))
  expect(up.log).toContain('../other is outside the workspace')
})
