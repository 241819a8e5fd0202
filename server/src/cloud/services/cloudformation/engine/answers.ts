import { collect, type RawRoute } from '../../../gateway/index.ts'
import type { OperationStore } from '../store-operations.ts'

const PREFIX = '/_madang/cloudformation/answers/'
const LIMIT_BYTES = 64 * 1024
const SIGNALS = 'signals-of-'

/** The URL a custom resource answers to; AWS gives a presigned S3 URL, the sender sees no difference. */
export function answerUrl(originUrl: string, token: string): string {
  return `${originUrl}${PREFIX}${token}`
}

/** Tokens of wait condition handles take many answers, each under a UniqueId of its own. */
const isWait = (token: string) => token.startsWith('wait-')

/** Takes an answer (`PUT`, JSON of at most 4 KB in AWS; here 64 KB) under its unguessable token. */
export function answerRoute(operations: OperationStore): RawRoute {
  return {
    name: 'cloudformation answers',
    matches: (request, place) => request.method === 'PUT' && place.path.startsWith(PREFIX),
    async handle(request, context) {
      const token = context.path.slice(PREFIX.length)
      const body = Buffer.from(await collect(request.body, LIMIT_BYTES)).toString('utf8')
      const answer = readObject(body)
      if (!answer) return { status: 400, headers: [], body: 'The answer is not a JSON object.' }
      // Signals come by their own operation, which asks who sends them.
      if (token.startsWith(SIGNALS)) return { status: 403, headers: [] }
      const isKept = isWait(token)
        ? await operations.signalAdd(token, answer)
        : await operations.responsePut(token, answer)
      return { status: isKept ? 200 : 403, headers: [] }
    },
  }
}

function readObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
