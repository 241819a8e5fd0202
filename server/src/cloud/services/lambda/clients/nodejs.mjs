// The Node.js runtime: loads the handler and serves invocations from the Runtime API (2018-06-01).
// It runs in the function's process, so it needs nothing but Node itself.
import { writeSync } from 'node:fs'
import http from 'node:http'
import { createRequire } from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'
import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { format } from 'node:util'

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':')
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
const taskRoot = process.env.LAMBDA_TASK_ROOT
let requestId

for (const [method, level] of Object.entries({
  log: 'INFO',
  info: 'INFO',
  debug: 'DEBUG',
  warn: 'WARN',
  error: 'ERROR',
  trace: 'TRACE',
})) {
  console[method] = (...args) =>
    isJson ? writeRecord(level, args) : writeLog(level, format(...args))
}

const isJson = process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON'
const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL']
const least = isJson ? levels.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL ?? 'INFO') : 0

/** One argument that is no text stays what it is; an error among them is told apart. */
function writeRecord(level, args) {
  if (levels.indexOf(level) < least) return
  const record = { timestamp: new Date().toISOString(), level, requestId }
  const [only] = args
  const error = args.find((arg) => arg instanceof Error)
  record.message = args.length === 1 && !error ? only : format(...args)
  if (error) {
    const { name: errorType, message: errorMessage, stack = '' } = error
    Object.assign(record, { errorType, errorMessage, stackTrace: stack.split('\n') })
    if (args.length === 1) delete record.message
  }
  let text
  try {
    text = JSON.stringify(record)
  } catch {
    text = JSON.stringify({ ...record, message: format(...args) }) // a circle in what was given
  }
  writeFrame(`${text}\n`)
}

function writeLog(level, text) {
  const id = requestId ?? 'undefined'
  writeFrame(`${new Date().toISOString()}\t${id}\t${level}\t${text}\n`)
}

function writeFrame(text) {
  const body = Buffer.from(text)
  const header = Buffer.alloc(16)
  header.writeUInt32BE(0xa55a0003, 0)
  header.writeUInt32BE(body.length, 4)
  header.writeBigUInt64BE(BigInt(Date.now()) * 1000n, 8)
  writeAll(Buffer.concat([header, body]))
}

function writeAll(bytes) {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(3, bytes, at)
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error // the reader is slow: try again
    }
  }
}

function call(method, path, body, headers = {}) {
  return new Promise((done, failed) => {
    const request = http.request(
      {
        host,
        port,
        method,
        path: `/2018-06-01/runtime/${path}`,
        agent,
        headers: { ...headers, 'content-length': body ? Buffer.byteLength(body) : 0 },
      },
      (response) => {
        const pieces = []
        response.on('data', (piece) => pieces.push(piece))
        response.on('end', () => done({ headers: response.headers, body: Buffer.concat(pieces) }))
        response.on('error', failed)
      },
    )
    request.on('error', failed)
    request.end(body)
  })
}

function describe(error) {
  if (error instanceof Error) {
    const { name, message, stack, ...own } = error
    return { errorType: name, errorMessage: message, trace: (stack ?? '').split('\n'), own }
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [], own: {} }
}

function recordOf(error) {
  const { errorType, errorMessage, trace, own } = describe(error)
  return { errorType, errorMessage, ...own, stack: trace }
}

function payloadOf(error) {
  const { errorType, errorMessage, trace } = describe(error)
  return JSON.stringify({ errorType, errorMessage, trace })
}

function logError(title, error) {
  if (isJson) return writeRecord('ERROR', [error])
  writeLog('ERROR', `${title} \t${JSON.stringify(recordOf(error))}`)
}

class RuntimeError extends Error {
  constructor(name, message) {
    super(message)
    this.name = name
  }
}

async function loadModule(file) {
  if (file.endsWith('.mjs')) return import(pathToFileURL(file).href)
  const require = createRequire(file)
  try {
    return require(file)
  } catch (error) {
    if (!['ERR_REQUIRE_ESM', 'ERR_REQUIRE_ASYNC_MODULE'].includes(error?.code)) throw error
    return import(pathToFileURL(file).href)
  }
}

async function loadHandler(name) {
  const folder = dirname(name)
  const [moduleName, ...members] = basename(name).split('.')
  if (!moduleName || members.length === 0) {
    throw new RuntimeError('Runtime.MalformedHandlerName', `Bad handler ${name}`)
  }
  const stem = resolve(taskRoot, folder, moduleName)
  const file = ['.js', '.mjs', '.cjs', ''].map((ending) => stem + ending).find(existsSync)
  if (!file) {
    const message = `Error: Cannot find module '${join(folder, moduleName)}'\nRequire stack:\n- /var/runtime/index.mjs`
    throw new RuntimeError('Runtime.ImportModuleError', message)
  }
  let module
  try {
    module = await loadModule(file)
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new RuntimeError('Runtime.UserCodeSyntaxError', String(error))
    const isMissing = ['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND'].includes(error?.code)
    throw isMissing ? new RuntimeError('Runtime.ImportModuleError', String(error)) : error
  }
  const find = (root) => members.reduce((value, member) => value?.[member], root)
  const handler = find(module) ?? find(module.default)
  if (handler === undefined) {
    throw new RuntimeError('Runtime.HandlerNotFound', `${name} is undefined or not exported`)
  }
  if (typeof handler !== 'function') {
    throw new RuntimeError('Runtime.HandlerNotFound', `${name} is not a function`)
  }
  return handler
}

function contextOf(headers) {
  const deadlineMs = Number(headers['lambda-runtime-deadline-ms'])
  const clientContext = headers['lambda-runtime-client-context']
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: clientContext ? JSON.parse(clientContext) : undefined,
    identity: undefined,
    getRemainingTimeInMillis: () => deadlineMs - Date.now(),
  }
}

/** Resolves with the outcome: by promise, by callback, or when the event loop has run empty. */
function run(handler, event, context) {
  return new Promise((done, failed) => {
    let settled = false
    const settle = (finish) => (value) => {
      if (settled) return
      settled = true
      process.off('beforeExit', whenEmpty)
      finish(value)
    }
    const succeed = settle(done)
    const fail = settle(failed)
    let outcome
    const whenEmpty = () => (outcome?.error ? fail(outcome.error) : succeed(outcome?.value ?? null))
    const callback = (error, value) => {
      outcome = { error, value }
      if (!context.callbackWaitsForEmptyEventLoop) whenEmpty()
    }
    Object.assign(context, {
      done: callback,
      succeed: (value) => callback(null, value),
      fail: (error) => callback(error),
    })
    process.on('beforeExit', whenEmpty)
    try {
      const returned = handler(event, context, callback)
      if (typeof returned?.then === 'function') returned.then(succeed, fail)
    } catch (error) {
      fail(error)
    }
  })
}

async function die(error, title) {
  logError(title, error)
  const path = requestId ? `invocation/${requestId}/error` : 'init/error'
  const type = describe(error).errorType
  await call('POST', path, payloadOf(error), { 'lambda-runtime-function-error-type': type })
  process.exit(requestId ? 129 : 1)
}

process.on('uncaughtException', (error) => void die(error, 'Uncaught Exception'))
process.on('unhandledRejection', (reason) => {
  const error = new RuntimeError('Runtime.UnhandledPromiseRejection', String(reason))
  // Whose stack it is: the process's own; what was thrown is told beside it, in the log alone.
  error.reason = reason instanceof Error ? recordOf(reason) : reason
  error.promise = {}
  void die(error, 'Unhandled Promise Rejection')
})

const STREAMS = Symbol('streams its response')
const HTTP_ANSWER = 'application/vnd.awslambda.http-integration-response'

globalThis.awslambda = {
  streamifyResponse(handler) {
    handler[STREAMS] = true
    return handler
  },
  HttpResponseStream: {
    /** Status and headers go before the body: JSON, then eight zero bytes. */
    from(stream, answer) {
      stream.setContentType(HTTP_ANSWER)
      stream.write(Buffer.concat([Buffer.from(JSON.stringify(answer)), Buffer.alloc(8)]))
      return stream
    },
  },
}

/** The answer goes out as the handler writes it, in a request that lasts as long. */
async function stream(handler, event, context) {
  const request = http.request({
    host,
    port,
    agent,
    method: 'POST',
    path: `/2018-06-01/runtime/invocation/${requestId}/response`,
    headers: {
      'content-type': 'application/octet-stream',
      'lambda-runtime-function-response-mode': 'streaming',
      'transfer-encoding': 'chunked',
      trailer: 'Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body',
    },
  })
  request.setContentType = (type) => request.setHeader('content-type', type)
  const answered = new Promise((done, failed) => {
    request.on('response', (response) => response.resume().on('end', done))
    request.on('error', failed)
  })
  try {
    await handler(event, request, context)
    if (!request.writableEnded) request.end()
  } catch (error) {
    logError('Invoke Error', error)
    request.addTrailers({
      'Lambda-Runtime-Function-Error-Type': describe(error).errorType,
      'Lambda-Runtime-Function-Error-Body': Buffer.from(payloadOf(error)).toString('base64'),
    })
    request.end()
  }
  await answered
}

async function answer(handler, { headers, body }) {
  requestId = headers['lambda-runtime-aws-request-id']
  process.env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id']
  if (handler[STREAMS]) return stream(handler, JSON.parse(body.toString()), contextOf(headers))
  try {
    const result = await run(handler, JSON.parse(body.toString()), contextOf(headers))
    const text = JSON.stringify(result === undefined ? null : result)
    await call('POST', `invocation/${requestId}/response`, text ?? 'null', {
      'content-type': 'application/json',
    })
  } catch (error) {
    logError('Invoke Error', error)
    await call('POST', `invocation/${requestId}/error`, payloadOf(error), {
      'content-type': 'application/json',
      'lambda-runtime-function-error-type': describe(error).errorType,
    })
  }
}

async function main() {
  let handler
  try {
    handler = await loadHandler(process.env._HANDLER)
  } catch (error) {
    return die(error, 'Uncaught Exception')
  }
  for (;;) await answer(handler, await call('GET', 'invocation/next'))
}

void main()
