import { zipSync } from 'fflate'
import { invalid } from '../template/index.ts'
import type { Structure } from '../model.ts'
import { structure, text } from './property.ts'

/** One moment for all entries, so that the same text is the same archive. */
const MOMENT = new Date('1980-01-01T00:00:00Z')

// AWS puts a module that answers custom resources beside inline code:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-lambda-function-code-cfnresponsemodule.html
const nodeAnswer = `'use strict'
exports.SUCCESS = 'SUCCESS'
exports.FAILED = 'FAILED'
exports.send = function (event, context, status, data, physicalId, noEcho) {
  const body = JSON.stringify({
    Status: status,
    Reason: 'See the details in CloudWatch Log Stream: ' + context.logStreamName,
    PhysicalResourceId: physicalId || context.logStreamName,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    NoEcho: noEcho || false,
    Data: data,
  })
  const url = new URL(event.ResponseURL)
  const transport = require(url.protocol === 'https:' ? 'https' : 'http')
  const headers = { 'content-type': '', 'content-length': Buffer.byteLength(body) }
  return new Promise((resolve, reject) => {
    const finish = () => { context.done(); resolve() }
    const request = transport.request(url, { method: 'PUT', headers }, (reply) => {
      reply.resume()
      reply.on('end', finish)
    })
    request.on('error', (error) => { context.done(error); reject(error) })
    request.end(body)
  })
}
`

const pythonAnswer = `import json
import urllib.request

SUCCESS = "SUCCESS"
FAILED = "FAILED"


def send(event, context, responseStatus, responseData,
         physicalResourceId=None, noEcho=False, reason=None):
    body = json.dumps({
        "Status": responseStatus,
        "Reason": reason or "See the details in CloudWatch Log Stream: " + context.log_stream_name,
        "PhysicalResourceId": physicalResourceId or context.log_stream_name,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "NoEcho": noEcho,
        "Data": responseData,
    }).encode("utf-8")
    request = urllib.request.Request(
        event["ResponseURL"], data=body, method="PUT", headers={"content-type": ""}
    )
    urllib.request.urlopen(request).close()
`

/** The function's code as Lambda takes it: the archive of inline text, or where it lies in S3. */
export function functionCode(properties: Structure) {
  const code = structure(properties['Code'])
  const inline = text(code['ZipFile'])
  if (inline !== undefined)
    return { ZipFile: inlineArchive(inline, text(properties['Runtime']) ?? '') }
  if (code['ImageUri'] !== undefined) return { ImageUri: text(code['ImageUri']) }
  if (code['S3Bucket'] === undefined) throw invalid('Please provide a source for function code.')
  return zipContent(code)
}

/** Where an archive lies, of a function or a layer. */
export const zipContent = (place: Structure) => ({
  S3Bucket: text(place['S3Bucket']),
  S3Key: text(place['S3Key']),
  S3ObjectVersion: text(place['S3ObjectVersion']),
})

function inlineArchive(source: string, runtime: string): Uint8Array {
  const isPython = runtime.startsWith('python')
  if (!isPython && !runtime.startsWith('nodejs')) {
    throw invalid(
      `ZipFile can only be used when Runtime is set to a nodejs or python runtime; it is ${runtime}.`,
    )
  }
  const files: Record<string, string> = isPython
    ? { 'index.py': source, 'cfnresponse.py': pythonAnswer }
    : { 'index.js': source, 'node_modules/cfn-response/index.js': nodeAnswer }
  const encoder = new TextEncoder()
  const entries = Object.entries(files).map(
    ([name, content]) => [name, [encoder.encode(content), { mtime: MOMENT }]] as const,
  )
  return zipSync(Object.fromEntries(entries) as Parameters<typeof zipSync>[0])
}
