import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readConfig } from './config.ts'
import { ConfigError, settings } from './index.ts'

describe('the settings', () => {
  let home: string
  beforeEach(() => void (home = mkdtempSync(join(tmpdir(), 'madang-test-'))))
  afterEach(() => rmSync(home, { recursive: true, force: true }))
  const file = (text: string) => writeFileSync(join(home, 'madang.yaml'), text)
  const read = (args: string[] = [], environment: NodeJS.ProcessEnv = {}) =>
    readConfig(['--home', home, ...args], environment)

  test('flags win over the environment, that over the file, that over the defaults', () => {
    expect(read().port).toBe(4500)
    file('port: 5001\nlogLevel: warn\n')
    expect(read()).toMatchObject({ port: 5001, logLevel: 'warn' })
    expect(read([], { MADANG_PORT: '5002' }).port).toBe(5002)
    expect(read(['--port', '5003'], { MADANG_PORT: '5002' }).port).toBe(5003)
    expect(read([], { MADANG_HOME: '/elsewhere' }).home).toBe(home)
  })

  test('only loopback addresses count as loopback', () => {
    expect(read(['--host', '127.0.0.1']).isLoopback).toBe(true)
    expect(read(['--host', '0.0.0.0']).isLoopback).toBe(false)
  })

  test('lets people’s addresses be private ones only while nobody else connects', () => {
    const allowed = (...flags: string[]) => read(flags).outgoingAllow
    expect(allowed()).toEqual(['private'])
    expect(allowed('--host', '0.0.0.0')).toEqual([])
    expect(allowed('--host-names', 'team.test')).toEqual([])
    expect(allowed('--outgoing-allow', '')).toEqual([])
    expect(allowed('--host', '0.0.0.0', '--outgoing-allow', 'private, ci.lan')).toEqual([
      'private',
      'ci.lan',
    ])
  })

  test.each([
    ['an unknown flag', ['--prot', '1'], '', /--prot.*--help/s],
    ['a port that is none', ['--port', 'abc'], '', /--port has to be a port number, not "abc"/],
    ['a value that is no choice', ['--log-level', 'loud'], '', /--log-level has to be one of/],
    ['a certificate without key', ['--tls-cert', 'a.pem'], '', /go together/],
    ['broken YAML', [], 'port: [', /madang\.yaml is not valid YAML/],
    ['an unknown name in the file', [], 'prot: 1', /unknown setting "prot"/],
    ['a file that is a list', [], '- a', /has to hold "name: value" lines/],
    ['a wrong kind in the file', [], 'realistic: perhaps', /realistic has to be true or false/],
  ])('%s is an error that says where', (_name, args, text, message) => {
    if (text) file(text)
    expect(() => read(args)).toThrow(ConfigError)
    expect(() => read(args)).toThrow(message)
  })

  test('every setting is explained in both languages', () => {
    for (const setting of settings) {
      expect(setting.en, setting.name).not.toBe('')
      expect(setting.ko, setting.name).toMatch(/[가-힣]/)
    }
  })
})
