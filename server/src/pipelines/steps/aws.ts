import { basename, join, posix } from 'node:path'
import { Readable } from 'node:stream'
import {
  abortException,
  type AwsScope,
  type Call,
  fromJson,
  type Step,
  toJson,
} from '../engine/index.ts'
import { GroovyMap, type Value } from '../groovy/index.ts'
import { awsOf, awsFailure } from './aws-client.ts'
import { openCredential } from './bindings.ts'
import { bytesOf, filesIn, filesOf, placeOf } from './machine.ts'

/** Sets the region and whose credentials the steps and programs in the block use. */
export const withAWS: Step = {
  kind: 'own',
  isBlock: true,
  async run(call) {
    const { args, scope } = call
    for (const name of ['profile', 'endpointUrl', 'samlAssertion', 'federatedUserId', 'policy']) {
      if (!args.has(name)) continue
      throw abortException(`withAWS: ${name} is not supported here; use credentials or role`)
    }
    let aws: AwsScope = { ...scope.aws }
    if (args.has('region')) aws.region = args.text('region')
    if (args.has('credentials')) aws = { ...aws, credentials: await keysOf(call) }
    if (args.has('role')) aws = { ...aws, credentials: await assumeRole(call, aws) }
    try {
      return await call.body({ aws })
    } finally {
      call.close()
    }
  },
}

async function keysOf({ args, scope }: Call) {
  const { username, password } = await openCredential(scope, args.text('credentials'), [
    'usernamePassword',
  ])
  return { accessKeyId: username, secretAccessKey: password }
}

async function assumeRole(call: Call, aws: AwsScope) {
  const { args, scope, session } = call
  const role = args.text('role')
  const account = args.optionalText('roleAccount') ?? '000000000000'
  const arn = role.startsWith('arn:') ? role : `arn:aws:iam::${account}:role/${role}`
  const { sts } = await awsOf(scope, aws)
  const name = args.optionalText('roleSessionName') ?? `run-${session.record.number}`
  const { Credentials: keys } = await awsFailure(
    sts.assumeRole({
      RoleArn: arn,
      RoleSessionName: name,
      ExternalId: args.optionalText('externalId'),
      DurationSeconds: args.has('duration') ? args.number('duration', 3600) : undefined,
    }),
  )
  if (!keys?.AccessKeyId || !keys.SecretAccessKey) {
    throw abortException(`withAWS: the role ${arn} gave no credentials`)
  }
  session.masks.add(keys.SecretAccessKey)
  call.say(`Requesting assume role\nAssumed role ${arn}`)
  return {
    accessKeyId: keys.AccessKeyId,
    secretAccessKey: keys.SecretAccessKey,
    sessionToken: keys.SessionToken,
  }
}

export const s3Upload: Step = {
  kind: 'leaf',
  needsNode: true,
  async run(call) {
    const { args, scope } = call
    const bucket = args.text('bucket')
    const target = (args.optionalText('path') ?? '').replace(/^\/+/, '')
    const { s3 } = await awsOf(scope)
    for (const { file, size, key } of await uploads(call, target)) {
      call.signal.throwIfAborted()
      call.say(`Uploading ${file} to s3://${bucket}/${key}`)
      await awsFailure(
        s3.putObject({
          Bucket: bucket,
          Key: key,
          Body: Readable.from(filesOf(call).read(file), { objectMode: false }),
          ContentLength: size,
          ContentType: args.optionalText('contentType') ?? contentTypeOf(file),
          CacheControl: args.optionalText('cacheControl'),
          Metadata: pairs(args.texts('metadatas'), ':'),
        }),
      )
    }
    call.say('Upload complete')
    return `s3://${bucket}/${target}`
  },
}

interface Upload {
  file: string
  size: number
  key: string
}

async function uploads(call: Call, target: string): Promise<Upload[]> {
  const { args } = call
  const name = args.optionalText('file') ?? args.optionalText('workingDir') ?? '.'
  const path = await placeOf(call, name)
  const facts = await filesOf(call).stat(path)
  if (!facts) throw abortException(`s3Upload: there is no file ${name}`)
  if (!facts.isFolder) {
    const key = target === '' || target.endsWith('/') ? target + basename(path) : target
    return [{ file: path, size: facts.size, key }]
  }
  const patterns = {
    includes: args.optionalText('includePathPattern') ?? '**',
    excludes: args.optionalText('excludePathPattern'),
  }
  const found = await filesIn(call, patterns, path)
  return found.map((entry) => ({
    file: join(path, entry.path),
    size: entry.size,
    key: posix.join(target, entry.path),
  }))
}

const types: Record<string, string> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain',
  '.zip': 'application/zip',
}

function contentTypeOf(file: string): string {
  return types[file.slice(file.lastIndexOf('.'))] ?? 'application/octet-stream'
}

export function pairs(texts: string[], separator: string): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf(separator)
      if (at < 0) throw abortException(`"${text}" has to be name${separator}value`)
      return [text.slice(0, at), text.slice(at + 1)]
    }),
  )
}

export const s3Download: Step = {
  kind: 'leaf',
  needsNode: true,
  async run(call) {
    const { args } = call
    const bucket = args.text('bucket')
    const source = (args.optionalText('path') ?? '').replace(/^\/+/, '')
    const target = await placeOf(call, args.text('file'))
    if (!args.flag('force') && (await filesOf(call).stat(target))) {
      throw abortException(
        'Download failed due to existing target file; set force=true to overwrite target file',
      )
    }
    const keys =
      source === '' || source.endsWith('/') ? await keysBelow(call, bucket, source) : [source]
    for (const key of keys) {
      const rest = key === source ? '' : key.slice(source.length)
      const file = rest === '' ? target : join(target, rest)
      await placeOf(call, file)
      call.say(`Downloading s3://${bucket}/${key} to ${file}`)
      await download(call, bucket, key, file)
    }
    call.say('Download complete')
    return null
  },
}

async function keysBelow({ scope }: Call, bucket: string, prefix: string): Promise<string[]> {
  const { s3 } = await awsOf(scope)
  const keys: string[] = []
  let token: string | undefined
  do {
    const page = await awsFailure(
      s3.listObjectsV2({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }),
    )
    keys.push(...(page.Contents ?? []).map((entry) => entry.Key ?? ''))
    token = page.IsTruncated ? page.NextContinuationToken : undefined
  } while (token !== undefined)
  return keys.filter((key) => key !== '' && !key.endsWith('/'))
}

async function download(call: Call, Bucket: string, Key: string, file: string): Promise<void> {
  const { s3 } = await awsOf(call.scope)
  const { Body } = await awsFailure(s3.getObject({ Bucket, Key }))
  await filesOf(call).write(file, Body ?? new Uint8Array())
}

export const invokeLambda: Step = {
  kind: 'leaf',
  isOnce: true,
  async run(call) {
    const { args, scope } = call
    const FunctionName = args.text('functionName')
    const { lambda } = await awsOf(scope)
    call.say(`Invoke Lambda function ${FunctionName}`)
    const answer = await awsFailure(
      lambda.invoke({
        FunctionName,
        Payload: payloadOf(args.value('payload'), args),
        LogType: 'Tail',
      }),
    )
    if (answer.LogResult) {
      call.say(`Log: ${Buffer.from(answer.LogResult, 'base64').toString('utf8').trimEnd()}`)
    }
    const text = Buffer.from(answer.Payload ?? new Uint8Array()).toString('utf8')
    if (answer.FunctionError) throw abortException(`Lambda function failed: ${text}`)
    if (args.flag('returnValueAsString')) return text
    return text === '' ? null : fromJson(JSON.parse(text))
  },
}

function payloadOf(payload: Value, args: Call['args']): Uint8Array | undefined {
  if (args.has('payloadAsString')) return Buffer.from(args.text('payloadAsString'))
  if (payload === null) return undefined
  return Buffer.from(JSON.stringify(toJson(payload)))
}

/** Who the block's credentials are. */
export const awsIdentity: Step = {
  kind: 'leaf',
  async run(call) {
    const { sts } = await awsOf(call.scope)
    const who = await awsFailure(sts.getCallerIdentity({}))
    call.say(`Current AWS identity: ${who.Account} - ${who.UserId} - ${who.Arn}`)
    return new GroovyMap([
      ['account', who.Account ?? ''],
      ['user', who.UserId ?? ''],
      ['arn', who.Arn ?? ''],
    ])
  },
}

export async function fileText(call: Call, name: string): Promise<string> {
  const path = await placeOf(call, name)
  if (await filesOf(call).stat(path)) return (await bytesOf(call, path)).toString('utf8')
  throw abortException(`${call.name}: there is no file ${name}`)
}
