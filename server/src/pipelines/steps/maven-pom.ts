import { type Document, DOMParser, type Element, XMLSerializer } from '@xmldom/xmldom'
import { abortException, type Step } from '../engine/index.ts'
import { GroovyMap, HostObject, hostError, type Value } from '../groovy/index.ts'
import { bytesOf, filesOf, placeOf } from './machine.ts'
import { putText } from './text-files.ts'

const MODEL = 'org.apache.maven.model.Model'
const LARGEST_POM_BYTES = 4 * 1024 ** 2

/** Documents behind the models that were handed out: what `writeMavenPom` writes. */
const documents = new WeakMap<HostObject, Document>()

/** The project file as an object whose members can be read and set, as Maven's own model has it. */
export const readMavenPom: Step = {
  kind: 'own',
  positional: ['file'],
  needsNode: true,
  async run(call) {
    const path = await placeOf(call, call.args.optionalText('file') || 'pom.xml')
    const notFound = (what: string) => hostError('java.io.FileNotFoundException', `${path} ${what}`)
    const source = await call.once(async () => {
      const facts = await filesOf(call).stat(path)
      if (!facts) throw notFound('does not exist.')
      if (facts.isFolder) throw notFound('is a directory.')
      if (facts.size > LARGEST_POM_BYTES) throw abortException(`${path} is too large`)
      return (await bytesOf(call, path)).toString('utf8')
    })
    return modelOf(parse(String(source), path))
  },
}

export const writeMavenPom: Step = {
  kind: 'leaf',
  positional: ['model'],
  needsNode: true,
  async run(call) {
    const model = call.args.value('model')
    const document = model instanceof HostObject ? documents.get(model) : undefined
    if (!document) throw hostError('java.lang.IllegalArgumentException', 'No model provided')
    const text = new XMLSerializer().serializeToString(document)
    const name = call.args.optionalText('file') || 'pom.xml'
    return putText(call, name, text.endsWith('\n') ? text : `${text}\n`)
  },
}

function parse(source: string, path: string): Document {
  const broken = (text: string) =>
    hostError('org.codehaus.plexus.util.xml.pull.XmlPullParserException', `${path}: ${text}`)
  try {
    const document = new DOMParser({
      onError: (level, text) => {
        if (level !== 'warning') throw broken(text)
      },
    }).parseFromString(source, 'text/xml')
    if (document.documentElement?.localName === 'project') return document
  } catch (error) {
    throw broken((error as Error).message)
  }
  throw broken("Expected root element 'project'")
}

function modelOf(document: Document): HostObject {
  const root = document.documentElement!
  const model = elementObject(root, MODEL, () => {
    const group = textOf(root, 'groupId') ?? '[inherited]'
    const version = textOf(root, 'version') ?? '[inherited]'
    const packaging = textOf(root, 'packaging') ?? 'jar'
    return [group, textOf(root, 'artifactId') ?? '', packaging, version].join(':')
  })
  documents.set(model, document)
  return model
}

const children = (element: Element): Element[] =>
  [...element.childNodes].filter((node): node is Element => node.nodeType === 1)

const childNamed = (element: Element, name: string) =>
  children(element).find(({ localName }) => localName === name)

const textOf = (element: Element, name: string) => childNamed(element, name)?.textContent?.trim()

/** Members that are lists, and what is in each. */
const LISTS = new Set(
  (
    'modules dependencies plugins profiles licenses developers contributors repositories ' +
    'pluginRepositories exclusions executions goals resources testResources includes excludes ' +
    'mailingLists roles extensions filters notifiers'
  ).split(' '),
)
const OBJECTS = new Set(
  (
    'parent build scm organization issueManagement ciManagement distributionManagement ' +
    'dependencyManagement pluginManagement reporting prerequisites repository ' +
    'snapshotRepository site relocation configuration activation'
  ).split(' '),
)
const DEFAULTS: Record<string, string> = { packaging: 'jar', type: 'jar' }

function elementObject(element: Element, typeName: string, print: () => string): HostObject {
  return new HostObject({
    typeName,
    get: (name) => member(element, name),
    set: (name, value) => void change(element, name, value),
    call(method, { positional }) {
      if (method === 'toString') return print()
      const name = method.slice(3, 4).toLowerCase() + method.slice(4)
      if (method.startsWith('set')) return change(element, name, positional[0] ?? null)
      if (method.startsWith('get')) return member(element, name) ?? null
      const text = `No signature of method: ${typeName}.${method}() is applicable`
      throw hostError('groovy.lang.MissingMethodException', text)
    },
    print,
  })
}

function member(element: Element, name: string): Value | undefined {
  if (name === 'class') return undefined
  const found = childNamed(element, name)
  if (name === 'properties') return propertiesOf(element, found)
  if (LISTS.has(name)) return found ? children(found).map(valueOf) : []
  if (OBJECTS.has(name)) return found ? objectOf(found) : null
  if (found) return valueOf(found)
  return DEFAULTS[name] ?? null
}

function valueOf(element: Element): Value {
  return children(element).length > 0 ? objectOf(element) : (element.textContent ?? '').trim()
}

function objectOf(element: Element): HostObject {
  const name = element.localName ?? ''
  const type = `org.apache.maven.model.${name[0]?.toUpperCase() ?? ''}${name.slice(1)}`
  return elementObject(element, type, () => {
    const parts = ['groupId', 'artifactId', 'version'].map((each) => textOf(element, each))
    return `${type.replace(/^.*\./, '')} {${parts.filter(Boolean).join(':')}}`
  })
}

function change(element: Element, name: string, value: Value): null {
  const document = element.ownerDocument!
  const old = childNamed(element, name)
  if (value === null) {
    if (old) element.removeChild(old)
    return null
  }
  if (Array.isArray(value) || value instanceof GroovyMap || value instanceof HostObject) {
    throw abortException(`readMavenPom: "${name}" of a model can only be set to text here`)
  }
  const target = old ?? document.createElementNS(element.namespaceURI, name)
  target.textContent = String(value)
  if (!old) element.appendChild(target)
  return null
}

/** `pom.properties['x']` and `pom.properties.x = 'y'`. */
function propertiesOf(element: Element, found: Element | undefined): HostObject {
  const holder = () => {
    const made = found ?? element.ownerDocument!.createElementNS(element.namespaceURI, 'properties')
    if (!found) element.appendChild(made)
    return (found = made)
  }
  const all = () =>
    new GroovyMap(
      (found ? children(found) : []).map((each) => [each.localName ?? '', valueOf(each)]),
    )
  const read = (name: Value) => all().get(String(name)) ?? null
  const write = (name: Value, value: Value) => change(holder(), String(name), value)
  return new HostObject({
    typeName: 'java.util.Properties',
    get: (name) => (name === 'class' ? undefined : read(name)),
    set: (name, value) => void write(name, value),
    call(method, { positional: [name = null, value = null], closure }) {
      if (method === 'getProperty' || method === 'get' || method === 'getAt')
        return read(name) ?? value
      if (method === 'setProperty' || method === 'put' || method === 'putAt')
        return write(name, value)
      if (method === 'containsKey') return all().has(String(name))
      if (method === 'size') return all().size
      if (method === 'keySet' || method === 'stringPropertyNames') return [...all().keys()]
      const text = closure
        ? `java.util.Properties.${method} takes no closure here: use keySet()`
        : `No signature of method: java.util.Properties.${method}() is applicable`
      throw hostError('groovy.lang.MissingMethodException', text)
    },
    print: () =>
      `{${[...all()].map(([key, each]) => `${String(key)}=${String(each)}`).join(', ')}}`,
  })
}
