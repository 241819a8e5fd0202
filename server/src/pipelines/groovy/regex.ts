import { userRegex } from '../../kernel/index.ts'
import { hostError } from './errors.ts'
import { patternProblem } from './pattern-problem.ts'
import { GroovyMatcher, GroovyPattern } from './value.ts'

const POSIX: Record<string, string> = {
  Alpha: 'A-Za-z',
  Digit: '0-9',
  Alnum: 'A-Za-z0-9',
  Upper: 'A-Z',
  Lower: 'a-z',
  Punct: '!-\\/:-@\\[-`{-~',
  Space: '\\s',
  XDigit: '0-9A-Fa-f',
  Blank: ' \\t',
}
const REFUSAL = 'java.util.regex.PatternSyntaxException'
/** What Java's engine mostly comes to in an expression that tries too much. */
const overflow = () => hostError('java.lang.StackOverflowError', null)
const cache = new Map<string, RegExp>()
const CACHE_SIZE = 500

export function compilePattern(source: string, extraFlags = ''): GroovyPattern {
  const key = `${extraFlags}/${source}`
  let regexp = cache.get(key)
  if (!regexp) {
    regexp = translate(source, extraFlags)
    if (cache.size >= CACHE_SIZE) cache.clear()
    cache.set(key, regexp)
  }
  return new GroovyPattern(source, regexp)
}

/** Java's syntax in JavaScript's: leading flags, \\A \\Z \\z \\Q…\\E, POSIX classes, possessives. */
function translate(source: string, extraFlags: string): RegExp {
  const problem = patternProblem(source)
  if (problem !== null) throw hostError(REFUSAL, problem)
  let body = source
  let flags = extraFlags
  for (let lead = /^\(\?([imsux]+)\)/.exec(body); lead; lead = /^\(\?([imsux]+)\)/.exec(body)) {
    flags += lead[1]
    body = body.slice(lead[0].length)
  }
  if (flags.includes('x'))
    body = body.replace(/\\.|#.*$|\s+/gm, (part) => (part[0] === '\\' ? part : ''))
  body = body.replace(/\\Q([\s\S]*?)(?:\\E|$)/g, (_, text: string) => quotePattern(text))
  body = body.replace(/\\([\s\S])|([*+?}])\+/g, (whole, escaped?: string, greedy?: string) => {
    if (greedy) return greedy
    if (escaped === 'A') return '(?<![\\s\\S])'
    if (escaped === 'z') return '(?![\\s\\S])'
    if (escaped === 'Z') return '(?=\\n?(?![\\s\\S]))'
    if (escaped === 'h') return '[ \\t\\xA0]'
    if (escaped === 'R') return '(?:\\r\\n|[\\n\\r])'
    return whole
  })
  body = body.replace(/\\p\{(?:Is)?(\w+)\}/g, (whole, name: string) => posix(body, whole, name))
  const jsFlags = new Set(['g', ...flags].filter((flag) => 'gims'.includes(flag)))
  try {
    return userRegex(body, [...jsFlags].join(''), overflow)
  } catch (error) {
    // What Java takes and we have no pattern for.
    if (!(error instanceof SyntaxError)) throw error
    throw hostError(REFUSAL, `${error.message.replace(/^.*: /, '')}\n${source}`)
  }
}

function posix(body: string, whole: string, name: string): string {
  const set = Object.hasOwn(POSIX, name) ? POSIX[name]! : undefined
  if (!set) return whole
  const at = body.indexOf(whole)
  const inClass = body.lastIndexOf('[', at) > body.lastIndexOf(']', at)
  return inClass ? set : `[${set}]`
}

export function quotePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`)
}

export function findNext(matcher: GroovyMatcher): boolean {
  const { regexp } = matcher.pattern
  regexp.lastIndex = matcher.next
  matcher.current = matcher.next > matcher.text.length ? null : regexp.exec(matcher.text)
  if (!matcher.current) {
    matcher.next = matcher.text.length + 1
    return false
  }
  const end = matcher.current.index + matcher.current[0].length
  matcher.next = matcher.current[0] === '' ? end + 1 : end
  return true
}

/** Whether the whole text matches. The match is then current. */
export function matchesWhole(matcher: GroovyMatcher): boolean {
  const { source, flags } = matcher.pattern.regexp
  const bare = flags.replace('g', '').replace('m', '')
  const whole = userRegex(`^(?:${source})$`, bare, overflow)
  matcher.current = whole.exec(matcher.text)
  return matcher.current !== null
}

export function allMatches(matcher: GroovyMatcher): RegExpExecArray[] {
  const found: RegExpExecArray[] = []
  const fresh = new GroovyMatcher(matcher.pattern, matcher.text)
  while (findNext(fresh)) found.push(fresh.current!)
  return found
}

/** Java's `$1` and `\$` in a replacement, in terms of one match. */
export function expandReplacement(template: string, match: RegExpExecArray): string {
  return template.replace(
    /\\([\s\S])|\$(\d)|\$\{(\w+)\}/g,
    (_, escaped?: string, digit?: string, name?: string) => {
      if (escaped !== undefined) return escaped
      if (name !== undefined) return match.groups?.[name] ?? ''
      const group = Number(digit)
      if (group >= match.length) {
        throw hostError('java.lang.IndexOutOfBoundsException', `No group ${group}`)
      }
      return match[group] ?? ''
    },
  )
}
