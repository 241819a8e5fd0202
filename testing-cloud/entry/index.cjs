'use strict'
// Jest runs modules in a realm of their own, with other classes than Node's (an Error of node:fs is no
// Error there). The cloud is a server, not code under test: it runs in Node's realm, loaded once for
// all test files of a worker.
const { createRequire } = process.getBuiltinModule('node:module')
exports.startCloud = createRequire(__filename)('./loader.cjs').startCloud
