import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { parse as parseYaml } from 'yaml'
import type { LogLevel } from './log.ts'

/** One setting: its names in flags, environment and file are derived from `name`, documented once here. */
export interface Setting {
  /** camelCase; the flag is `--kebab-case`, the variable `MADANG_UPPER_SNAKE`. */
  name: string
  kind: 'text' | 'number' | 'switch'
  default?: string | number | boolean
  choices?: readonly string[]
  en: string
  ko: string
}

export const settings = [
  {
    name: 'home',
    kind: 'text',
    default: '~/.madang',
    en: 'Folder that holds all data',
    ko: '모든 데이터를 두는 폴더',
  },
  {
    name: 'host',
    kind: 'text',
    default: '127.0.0.1',
    en: 'Address to listen on',
    ko: '연결을 받을 주소',
  },
  {
    name: 'port',
    kind: 'number',
    default: 4500,
    en: 'Port of the pages and of git; 0 takes a free one',
    ko: '페이지와 git의 포트. 0이면 빈 포트',
  },
  {
    name: 'cloudPort',
    kind: 'number',
    default: 4566,
    en: 'Port of the AWS-compatible cloud; 0 takes a free one',
    ko: 'AWS 호환 클라우드의 포트. 0이면 빈 포트',
  },
  {
    name: 'sshPort',
    kind: 'number',
    en: 'Port of git over SSH; 22 above the port of the pages unless told, 0 takes a free one',
    ko: 'SSH를 쓰는 git의 포트. 정하지 않으면 페이지 포트 + 22, 0이면 빈 포트',
  },
  {
    name: 'ssh',
    kind: 'switch',
    default: true,
    en: 'Whether git is served over SSH, too',
    ko: 'git을 SSH로도 제공할지',
  },
  {
    name: 'hostNames',
    kind: 'text',
    default: '',
    en: 'Further host names this server goes by, with commas',
    ko: '이 서버가 쓰는 다른 호스트 이름(쉼표로 구분)',
  },
  {
    name: 'tlsCert',
    kind: 'text',
    en: 'Certificate file (PEM); with it the pages are served over HTTPS',
    ko: '인증서 파일(PEM). 있으면 HTTPS로 제공',
  },
  {
    name: 'tlsKey',
    kind: 'text',
    en: 'Key file (PEM) of the certificate',
    ko: '인증서의 키 파일(PEM)',
  },
  {
    name: 'databaseUrl',
    kind: 'text',
    en: 'PostgreSQL to keep the data in, instead of the embedded SQLite',
    ko: '내장 SQLite 대신 데이터를 둘 PostgreSQL 주소',
  },
  {
    name: 'secretKey',
    kind: 'text',
    en: 'Text that secrets are sealed with, instead of the key file',
    ko: '키 파일 대신 비밀 값을 봉인할 문구',
  },
  {
    name: 'smtpUrl',
    kind: 'text',
    en: 'Mail server to send on to, as smtp://user:password@host:port; without it mail stays in the mailbox',
    ko: '메일을 넘겨 보낼 서버(smtp://사용자:암호@호스트:포트). 없으면 메일함에만 보관',
  },
  {
    name: 'outgoingAllow',
    kind: 'text',
    en: 'What webhooks, steps, imports … may reach beside the public network: names, addresses, ranges, with commas; private is this machine and private networks, * is all. Unless told: private while only this machine connects, else nothing',
    ko: '웹훅, 스텝, 가져오기 등이 공개 네트워크 외에 접속해도 되는 이름, 주소, 대역(쉼표로 구분). private은 이 컴퓨터와 사설 네트워크, *는 모두. 정하지 않으면 이 컴퓨터에서만 접속을 받는 동안은 private, 그 밖에는 없음',
  },
  {
    name: 'logLevel',
    kind: 'text',
    default: 'info',
    choices: ['debug', 'info', 'warn', 'error', 'silent'],
    en: 'What the log tells',
    ko: '로그 수준',
  },
  {
    name: 'logFormat',
    kind: 'text',
    default: 'text',
    choices: ['text', 'json'],
    en: 'Form of the log',
    ko: '로그 형식',
  },
  {
    name: 'sample',
    kind: 'switch',
    en: 'Make the sample project Guestbook (on by default in a new data folder)',
    ko: '예제 프로젝트 Guestbook 만들기(새 데이터 폴더에서는 기본)',
  },
  {
    name: 'agentLimitMinutes',
    kind: 'number',
    default: 5,
    en: 'Minutes that a run waits for an agent that is away',
    ko: '실행이 연결이 끊긴 에이전트를 기다리는 시간(분)',
  },
  {
    name: 'runLogMebibytes',
    kind: 'number',
    default: 64,
    en: 'Largest log of a run in MiB; what its programs print beyond that is dropped',
    ko: '실행 하나의 최대 로그 크기(MiB). 그 이상의 출력은 버림',
  },
  {
    name: 'runMostSteps',
    kind: 'number',
    default: 100_000,
    en: 'Steps that a run may call; a script that calls more fails',
    ko: '실행 하나가 호출할 수 있는 스텝의 수. 넘으면 실패',
  },
  {
    name: 'cloudMode',
    kind: 'text',
    default: 'open',
    choices: ['open', 'strict'],
    en: 'Whether the cloud takes unknown access keys (only while on loopback)',
    ko: '클라우드가 모르는 액세스 키를 받을지(루프백에서만)',
  },
  {
    name: 'cloudRegion',
    kind: 'text',
    default: 'ap-northeast-2',
    en: "The cloud's region where a caller names none",
    ko: '호출에 리전이 없을 때 쓰는 클라우드 리전',
  },
  {
    name: 'allowReset',
    kind: 'switch',
    default: false,
    en: 'Allow POST /_madang/reset, which empties the cloud',
    ko: '클라우드를 비우는 POST /_madang/reset 허용',
  },
  {
    name: 'realistic',
    kind: 'switch',
    default: false,
    en: "Let the cloud's states take AWS's own times",
    ko: '클라우드 상태 변화를 AWS와 같은 시간으로',
  },
  {
    name: 'dynamodbThrottling',
    kind: 'switch',
    default: false,
    en: 'Let provisioned DynamoDB tables throttle beyond their throughput',
    ko: '프로비저닝된 DynamoDB 테이블이 처리량을 넘으면 제한',
  },
  {
    name: 'lambdaEngine',
    kind: 'text',
    default: 'auto',
    choices: ['auto', 'bubblewrap', 'process'],
    en: 'What Lambda functions run in: bubblewrap, plain processes, or the first of them that works',
    ko: 'Lambda 함수를 실행할 곳: bubblewrap, 일반 프로세스, 또는 그중 동작하는 첫 번째',
  },
] as const satisfies readonly Setting[]

export interface Config {
  home: string
  host: string
  port: number
  cloudPort: number
  sshPort: number
  ssh: boolean
  hostNames: string[]
  tlsCert: string | undefined
  tlsKey: string | undefined
  databaseUrl: string | undefined
  secretKey: string | undefined
  smtpUrl: string | undefined
  /** Names, addresses and ranges beside the public ones that people may have this server call. */
  outgoingAllow: string[]
  logLevel: LogLevel | 'silent'
  logFormat: 'text' | 'json'
  /** Undefined: decided by whether the data folder is new. */
  sample: boolean | undefined
  agentLimitMinutes: number
  runLogMebibytes: number
  runMostSteps: number
  cloudMode: 'open' | 'strict'
  cloudRegion: string
  allowReset: boolean
  realistic: boolean
  dynamodbThrottling: boolean
  lambdaEngine: 'auto' | 'bubblewrap' | 'process'
  /** Whether only this machine can connect. */
  isLoopback: boolean
}

export class ConfigError extends Error {
  override name = 'ConfigError'
}

type Values = Record<string, string | number | boolean | undefined>

/**
 * Flags win over the environment, that over `<home>/madang.yaml`, that over the defaults. An unknown
 * name, a wrong kind or a broken file is a ConfigError that says where.
 */
export function readConfig(args: string[], environment: NodeJS.ProcessEnv): Config {
  const flags = readFlags(args)
  const variables = readVariables(environment)
  const home = expandHome(String(flags['home'] ?? variables['home'] ?? '~/.madang'))
  const file = readFile(join(home, 'madang.yaml'))
  const defaults = Object.fromEntries(
    settings.map((setting) => [setting.name, 'default' in setting ? setting.default : undefined]),
  )
  return complete({ ...defaults, ...file, ...variables, ...flags, home })
}

/** Settings for a test or a throw-away server: free ports, a quiet log, no sample. */
export function configFor(values: Partial<Config> & { home: string }): Config {
  const base = readConfig(['--home', values.home], {})
  const quiet = { port: 0, cloudPort: 0, sshPort: 0, logLevel: 'error' as const, sample: false }
  return { ...base, ...quiet, ...values }
}

export const flagOf = (name: string) => name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)
export const variableOf = (name: string) =>
  `MADANG_${name.replace(/[A-Z]/g, (c) => `_${c}`).toUpperCase()}`

function readFlags(args: string[]): Values {
  const options = Object.fromEntries(
    settings.map(({ name, kind }) => [
      flagOf(name),
      { type: kind === 'switch' ? ('boolean' as const) : ('string' as const) },
    ]),
  )
  let given: Record<string, string | boolean | undefined>
  try {
    given = parseArgs({ args, options, allowNegative: true }).values as typeof given
  } catch (error) {
    throw new ConfigError(`${(error as Error).message} (--help lists the settings)`)
  }
  return convertAll(
    (setting) => given[flagOf(setting.name)],
    (setting) => `--${flagOf(setting.name)}`,
  )
}

function readVariables(environment: NodeJS.ProcessEnv): Values {
  return convertAll(
    (setting) => environment[variableOf(setting.name)],
    (setting) => variableOf(setting.name),
  )
}

function readFile(file: string): Values {
  if (!existsSync(file)) return {}
  let content: unknown
  try {
    content = parseYaml(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new ConfigError(`${file} is not valid YAML: ${(error as Error).message}`)
  }
  if (content === null || content === undefined) return {}
  if (typeof content !== 'object' || Array.isArray(content)) {
    throw new ConfigError(`${file} has to hold "name: value" lines`)
  }
  const values = content as Record<string, unknown>
  const unknown = Object.keys(values).find((name) => !settings.some((entry) => entry.name === name))
  if (unknown) throw new ConfigError(`${file} has an unknown setting "${unknown}"`)
  return convertAll(
    (setting) => values[setting.name],
    (setting) => `${file}: ${setting.name}`,
  )
}

function convertAll(
  given: (setting: Setting) => unknown,
  place: (setting: Setting) => string,
): Values {
  const values: Values = {}
  for (const setting of settings as readonly Setting[]) {
    const value = given(setting)
    if (value !== undefined) values[setting.name] = convert(setting, value, place(setting))
  }
  return values
}

function convert(setting: Setting, value: unknown, place: string): string | number | boolean {
  if (setting.kind === 'switch') return asSwitch(value, place)
  if (setting.kind === 'number') {
    const number = Number(value)
    if (Number.isInteger(number) && number >= 0 && number <= 65_535) return number
    throw new ConfigError(`${place} has to be a port number, not "${String(value)}"`)
  }
  const text = String(value)
  if (!setting.choices || setting.choices.includes(text)) return text
  throw new ConfigError(`${place} has to be one of ${setting.choices.join(', ')}, not "${text}"`)
}

function asSwitch(value: unknown, place: string): boolean {
  if (typeof value === 'boolean') return value
  const text = String(value).toLowerCase()
  if (['1', 'true', 'yes', 'on'].includes(text)) return true
  if (['0', 'false', 'no', 'off', ''].includes(text)) return false
  throw new ConfigError(`${place} has to be true or false, not "${text}"`)
}

/** Follows the pages' port, so that two servers on one machine never meet here first. */
function sshPortOf(values: Values): number {
  if (values['sshPort'] !== undefined) return Number(values['sshPort'])
  const port = Number(values['port'])
  return port === 0 || port + 22 > 65_535 ? 0 : port + 22
}

function mailServer(url: string | undefined): string | undefined {
  if (url === undefined || url === '') return undefined
  if (/^smtps?:\/\/[^/\s]+/.test(url)) return url
  throw new ConfigError('--smtp-url has to be smtp://host:port or smtps://user:password@host')
}

const listOf = (text: string): string[] =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean)

function complete(values: Values): Config {
  const text = (name: string) => (values[name] === undefined ? undefined : String(values[name]))
  const host = text('host')!
  const isLoopback = host === 'localhost' || host === '::1' || host.startsWith('127.')
  const hostNames = listOf(text('hostNames')!)
  // A further name is for a proxy in front of it, or for others' browsers: somebody else may come.
  const isAlone = isLoopback && hostNames.length === 0
  const tlsCert = text('tlsCert')
  const tlsKey = text('tlsKey')
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new ConfigError('--tls-cert and --tls-key go together')
  }
  return {
    home: text('home')!,
    host,
    port: Number(values['port']),
    cloudPort: Number(values['cloudPort']),
    sshPort: sshPortOf(values),
    ssh: values['ssh'] !== false,
    hostNames,
    tlsCert,
    tlsKey,
    databaseUrl: text('databaseUrl'),
    secretKey: text('secretKey'),
    smtpUrl: mailServer(text('smtpUrl')),
    outgoingAllow: listOf(text('outgoingAllow') ?? (isAlone ? 'private' : '')),
    logLevel: text('logLevel') as Config['logLevel'],
    logFormat: text('logFormat') as Config['logFormat'],
    sample: values['sample'] as boolean | undefined,
    agentLimitMinutes: values['agentLimitMinutes'] as number,
    runLogMebibytes: values['runLogMebibytes'] as number,
    runMostSteps: values['runMostSteps'] as number,
    cloudMode: text('cloudMode') as Config['cloudMode'],
    cloudRegion: text('cloudRegion')!,
    allowReset: values['allowReset'] === true,
    realistic: values['realistic'] === true,
    dynamodbThrottling: values['dynamodbThrottling'] === true,
    lambdaEngine: text('lambdaEngine') as Config['lambdaEngine'],
    isLoopback,
  }
}

function expandHome(path: string): string {
  return resolve(path.replace(/^~(?=$|\/)/, homedir()))
}
