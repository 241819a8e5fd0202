'use strict'
// Runs the bundle from V8's code cache: compiling it would take longer than everything else. The cache
// belongs to one V8 and its flags; where there is none yet, the first stop writes it.
const { existsSync, readFileSync, renameSync, writeFileSync } = require('node:fs')
const { createRequire, wrap } = require('node:module')
const { join } = require('node:path')
const { cachedDataVersionTag } = require('node:v8')
const { Script } = require('node:vm')

const file = join(__dirname, 'cloud.cjs')
const cache = join(__dirname, `cloud.${process.arch}.${cachedDataVersionTag()}.cache`)
const template = join(__dirname, 'template.db')

const cachedData = existsSync(cache) ? readFileSync(cache) : undefined
const script = new Script(wrap(readFileSync(file, 'latin1')), { filename: file, cachedData })
let isKept = cachedData !== undefined && !script.cachedDataRejected
const bundle = quietly(run)

exports.makeTemplate = bundle.makeTemplate
exports.startCloud = async (options) => {
  const cloud = await bundle.startCloud(options, template)
  const stop = async () => {
    keep()
    await cloud.stop()
  }
  return isKept ? cloud : { ...cloud, stop, [Symbol.asyncDispose]: stop }
}

function run() {
  const module = { exports: {} }
  const load = script.runInThisContext()
  load.call(module.exports, module.exports, createRequire(file), module, file, __dirname)
  return module.exports
}

/** Loading node:sqlite says that it is experimental, in the middle of somebody's test output. */
function quietly(load) {
  const { emitWarning } = process
  process.emitWarning = () => undefined
  try {
    return load()
  } finally {
    process.emitWarning = emitWarning
  }
}

function keep() {
  if (isKept) return
  isKept = true
  const temporary = `${cache}.${process.pid}`
  try {
    writeFileSync(temporary, script.createCachedData())
    renameSync(temporary, cache)
  } catch (error) {
    // An installation nobody may write to works, only slower.
    if (!['EACCES', 'EPERM', 'EROFS'].includes(error.code)) throw error
  }
}
