import type { Call } from './call.ts'

export interface Match {
  call: Call
  params: Record<string, string>
}

/**
 * Parts are decoded one by one, so that `src/main/a%2Fb.txt` names a file in a folder, as clients
 * that encode a whole parameter mean it. Calls are tried in the order of their list.
 */
export function findCall(
  calls: readonly Call[],
  method: string,
  path: string,
): Match | 'method' | undefined {
  const parts = path.replace(/\/+$/, '').split('/').slice(1).map(decoded)
  let isKnown = false
  for (const call of calls) {
    const params = paramsOf(call.path.split('/').slice(1), parts)
    if (!params) continue
    if (call.method === method) return { call, params }
    isKnown = true
  }
  return isKnown ? 'method' : undefined
}

/** Whether a path is one that the pattern means. */
export function fits(pattern: string, path: string): boolean {
  const parts = path.replace(/\/+$/, '').split('/').slice(1).map(decoded)
  return paramsOf(pattern.split('/').slice(1), parts) !== undefined
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

function paramsOf(pattern: string[], parts: string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {}
  for (const [index, want] of pattern.entries()) {
    if (want.startsWith('*')) {
      if (index >= parts.length) return undefined
      params[want.slice(1)] = parts.slice(index).join('/')
      return params
    }
    const part = parts[index]
    if (part === undefined) return undefined
    if (want.startsWith(':')) params[want.slice(1)] = part
    else if (want !== part) return undefined
  }
  return parts.length === pattern.length ? params : undefined
}
