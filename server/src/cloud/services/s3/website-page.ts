import { type OutgoingHttp, s3RequestId } from '../../gateway/index.ts'
import { escaped, hostIdOf, identifiersOf } from './raw-answers.ts'

const reasons: Record<number, string> = {
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
}

export interface PageFault {
  status: number
  code: string
  message: string
  members?: Record<string, string>
}

const items = (facts: Record<string, string>): string =>
  Object.entries(facts)
    .map(([name, value]) => `<li>${name}: ${escaped(value)}</li>\n`)
    .join('')

/** S3's own error page of a website; `second` is why the custom one couldn't be shown. */
export function errorPage(fault: PageFault, requestId: string, second?: PageFault): OutgoingHttp {
  const { status, code, message, members = {} } = fault
  const title = `${status} ${reasons[status] ?? 'Error'}`
  const shown = s3RequestId(requestId)
  const ids = { RequestId: shown, HostId: hostIdOf(shown) }
  const custom = second
    ? `<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>
<ul>
${items({ Code: second.code, Message: second.message, ...second.members })}</ul>
`
    : ''
  return {
    status,
    headers: [
      ...identifiersOf(requestId),
      ['x-amz-error-code', code],
      ['x-amz-error-message', message],
      ...Object.entries(members).map(([name, value]): [string, string] => [
        `x-amz-error-detail-${name}`,
        encodeURI(value),
      ]),
      ['Content-Type', 'text/html; charset=utf-8'],
    ],
    body: `<html>
<head><title>${title}</title></head>
<body>
<h1>${title}</h1>
<ul>
${items({ Code: code, Message: message, ...members, ...ids })}</ul>
${custom}<hr/>
</body>
</html>
`,
  }
}
