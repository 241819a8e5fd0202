import { invalid, tooDeep } from './refusals.ts'

const MOST_LEVELS = 15
/** With the ARN before it. */
const LONGEST = 1011

const parts = /^[a-zA-Z0-9_.-]+$/

const FORM =
  'If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be ' +
  'formed as a mix of letters, numbers and the following 3 symbols .-_'

/** The form of a name (user guide, "Requirements and constraints for parameter names"). */
export function checkForm(name: string): void {
  const isPath = name.includes('/')
  if (isPath && !name.startsWith('/'))
    throw invalid('Parameter name must be a fully qualified name.')
  const levels = name.replace(/^\//, '').split('/')
  if (isPath ? !levels.every((level) => parts.test(level)) : !parts.test(name)) {
    throw invalid(
      isPath
        ? `Parameter name: can't be prefixed with "ssm" (case-insensitive). ${FORM}`
        : 'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). ' +
            'It can consist of letters, numbers and the following 3 symbols .-_',
    )
  }
  if (levels.length > MOST_LEVELS) throw tooDeep()
}

/** A name of one's own: those of AWS are taken. */
export function checkNew(name: string): void {
  if (name.length > LONGEST) {
    throw invalid('The parameter name is longer than 1011 characters.')
  }
  const isPath = name.includes('/')
  if (/^\/aws/i.test(name)) {
    const reserved = `No access to reserved parameter name: ${name}.`
    throw invalid(reserved)
  }
  if (isPath && /^\/ssm/i.test(name)) {
    throw invalid(`Parameter name: can't be prefixed with "ssm" (case-insensitive). ${FORM}`)
  }
  if (/^(aws|ssm)/i.test(name)) {
    throw invalid('Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).')
  }
  checkForm(name)
}

/** A name that is asked for: a path of an odd form is refused, anything else is only not there. */
export function checkAsked(name: string): void {
  const isPath = name.includes('/')
  const levels = name.replace(/^\//, '').split('/')
  if (!isPath || (name.startsWith('/') && levels.every((level) => parts.test(level)))) return
  throw invalid(`Parameter name: can't be prefixed with "ssm" (case-insensitive). ${FORM}`)
}

/** A path of GetParametersByPath or of a filter. */
export function checkPath(path: string): void {
  if (path === '/') return
  const levels = path.replace(/^\//, '').replace(/\/$/, '').split('/')
  const isFine = path.startsWith('/') && levels.every((level) => parts.test(level))
  if (isFine) return
  throw invalid(
    "The parameter doesn't meet the parameter name requirements. The parameter name must begin with " +
      'a forward slash "/". It can\'t be prefixed with "aws" or "ssm" (case-insensitive). It must use ' +
      'only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). ' +
      'Special characters are not allowed. All sub-paths, if specified, must use the forward slash ' +
      'symbol "/". Valid example: /get/parameters2-/by1./path0_.',
  )
}

/** Whether the name lies below the path: one level, or any. */
export function isBelow(name: string, path: string, isRecursive: boolean): boolean {
  const full = name.startsWith('/') ? name : `/${name}`
  const folder = path.endsWith('/') ? path : `${path}/`
  if (!full.startsWith(folder)) return false
  return isRecursive || !full.slice(folder.length).includes('/')
}
