import type { OutgoingHttp } from '../../gateway/index.ts'

const reasons: Record<number, string> = {
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
}

/** S3's own error page of a website. */
export function errorPage(
  status: number,
  code: string,
  message: string,
  requestId: string,
  members: Record<string, string> = {},
): OutgoingHttp {
  const title = `${status} ${reasons[status] ?? 'Error'}`
  const facts = { Code: code, Message: message, ...members, RequestId: requestId }
  const lines = Object.entries(facts).map(
    ([name, value]) => `<li>${name}: ${escaped(value)}</li>\n`,
  )
  return {
    status,
    headers: [['Content-Type', 'text/html; charset=utf-8']],
    body: `<html>
<head><title>${title}</title></head>
<body>
<h1>${title}</h1>
<ul>
${lines.join('')}</ul>
<hr/>
</body>
</html>
`,
  }
}

const escaped = (text: string): string => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`)
