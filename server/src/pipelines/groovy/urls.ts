import { builtinClass } from './classes.ts'
import { hostError } from './errors.ts'
import { GroovyObject } from './value.ts'

const PROTOCOLS = new Set(['http', 'https', 'ftp', 'file', 'jar', 'mailto', 'jrt'])

/** `new URL(text)`: it prints as its text, and the sandbox refuses what it does. */
export function urlOf(text: string): GroovyObject {
  const protocol = /^([a-zA-Z][\w+.-]*):/.exec(text)?.[1]
  const problem = protocol === undefined ? 'no protocol' : 'unknown protocol'
  if (protocol === undefined || !PROTOCOLS.has(protocol.toLowerCase())) {
    throw hostError('java.net.MalformedURLException', `${problem}: ${protocol ?? text}`)
  }
  const url = new GroovyObject(builtinClass('java.net.URL')!)
  url.fields.set('$name', text)
  return url
}
