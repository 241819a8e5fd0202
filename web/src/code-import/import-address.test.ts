import { expect, it } from 'vitest'
import { addressFault } from './import-address.ts'

it.each([
  ['github', ' https://github.com/octo/hello ', undefined],
  ['gitlab', 'https://gitlab.com/a/b/c/-/tree/main', undefined],
  ['git', 'git://git.example.com/hello.git', undefined],
  ['github', 'git://github.com/octo/hello', 'urlWeb'],
  ['github', 'github.com/octo/hello', 'urlWeb'],
  ['github', 'https://github.com/octo', 'urlName'],
  ['git', 'https://git.example.com/', 'urlName'],
  ['git', 'git@github.com:octo/hello.git', undefined],
  ['bitbucket', 'ssh://git@bitbucket.org/a/b', 'urlSsh'],
  ['bitbucketServer', 'https://bb.example/projects/A/repos/b/browse', undefined],
  ['git', 'file:///etc', 'urlWeb'],
] as const)('%s: %s is %s', (source, address, fault) => {
  expect(addressFault(source, address)).toBe(fault)
})
