import {
  FixedList,
  GroovyArray,
  GroovyBigInteger,
  GroovyBuilder,
  GroovyClass,
  GroovyClosure,
  GroovyDate,
  GroovyDecimal,
  GroovyDouble,
  GroovyFloat,
  GroovyMap,
  GroovyMatcher,
  GroovyObject,
  GroovyPattern,
  GroovyRandom,
  GroovyRange,
  GroovySet,
  GroovyTime,
  GString,
  HostObject,
  JsonArray,
  JsonObject,
  MapEntryValue,
  OtherList,
} from './value.ts'
import type { Value } from './value.ts'
import { defaultImport } from './default-imports.ts'

// `Name < Super` lines: the classes scripts name in catch, instanceof, `as` and `new`.
const HIERARCHY = `
java.lang.Object
java.lang.Comparable < java.lang.Object
java.io.Serializable < java.lang.Object
java.lang.CharSequence < java.lang.Object
java.lang.String < java.lang.CharSequence
groovy.lang.GString < java.lang.CharSequence
org.codehaus.groovy.runtime.GStringImpl < groovy.lang.GString
java.lang.StringBuilder < java.lang.CharSequence
java.lang.StringBuffer < java.lang.CharSequence
java.io.Writer < java.lang.Object
java.io.StringWriter < java.io.Writer
java.io.PrintWriter < java.io.Writer
java.io.Reader < java.lang.Object
java.io.StringReader < java.io.Reader
java.nio.charset.Charset < java.lang.Object
java.lang.Boolean < java.lang.Object
java.lang.Character < java.lang.Object
java.lang.Number < java.lang.Object
java.lang.Integer < java.lang.Number
java.lang.Long < java.lang.Number
java.lang.Short < java.lang.Number
java.lang.Byte < java.lang.Number
java.lang.Float < java.lang.Number
java.lang.Double < java.lang.Number
java.math.BigInteger < java.lang.Number
java.math.BigDecimal < java.lang.Number
java.math.MathContext < java.lang.Object
java.math.RoundingMode < java.lang.Enum
java.util.Collection < java.lang.Object
java.lang.Iterable < java.lang.Object
java.util.List < java.util.Collection
java.util.ArrayList < java.util.List
java.util.LinkedList < java.util.List
java.util.Arrays$ArrayList < java.util.List
groovy.lang.IntRange < java.util.List
groovy.lang.ObjectRange < java.util.List
groovy.lang.Range < java.util.List
java.util.Set < java.util.Collection
java.util.HashSet < java.util.Set
java.util.LinkedHashSet < java.util.HashSet
java.util.SortedSet < java.util.Set
java.util.TreeSet < java.util.SortedSet
java.util.Map < java.lang.Object
java.util.HashMap < java.util.Map
java.util.LinkedHashMap < java.util.HashMap
java.util.SortedMap < java.util.Map
groovy.lang.MapWithDefault < java.util.Map
java.util.TreeMap < java.util.SortedMap
java.util.concurrent.ConcurrentHashMap < java.util.Map
groovy.json.internal.LazyMap < java.util.Map
java.util.Map$Entry < java.lang.Object
java.util.Collections < java.lang.Object
java.util.Arrays < java.lang.Object
java.util.Objects < java.lang.Object
java.util.Date < java.lang.Object
java.util.Calendar < java.lang.Object
java.util.TimeZone < java.lang.Object
java.text.SimpleDateFormat < java.lang.Object
java.time.LocalDate < java.lang.Object
java.time.LocalTime < java.lang.Object
java.time.LocalDateTime < java.lang.Object
java.time.Instant < java.lang.Object
java.time.ZonedDateTime < java.lang.Object
java.time.OffsetDateTime < java.lang.Object
java.time.Duration < java.lang.Object
java.time.Period < java.lang.Object
java.time.ZoneId < java.lang.Object
java.time.ZoneOffset < java.time.ZoneId
java.time.DayOfWeek < java.lang.Object
java.time.Month < java.lang.Object
java.time.format.DateTimeFormatter < java.lang.Object
java.time.temporal.ChronoUnit < java.lang.Object
java.util.Locale < java.lang.Object
java.util.Base64 < java.lang.Object
java.util.Comparator < java.lang.Object
java.lang.Runnable < java.lang.Object
java.lang.ProcessBuilder < java.lang.Object
java.lang.Runtime < java.lang.Object
java.net.InetAddress < java.lang.Object
java.nio.file.Paths < java.lang.Object
java.nio.file.Files < java.lang.Object
java.nio.charset.StandardCharsets < java.lang.Object
java.lang.Enum < java.lang.Object
java.security.MessageDigest < java.lang.Object
groovy.lang.GroovyShell < java.lang.Object
groovy.util.XmlSlurper < java.lang.Object
groovy.util.XmlParser < java.lang.Object
groovy.util.ConfigSlurper < java.lang.Object
groovy.text.SimpleTemplateEngine < java.lang.Object
hudson.model.Hudson < java.lang.Object
hudson.model.User < java.lang.Object
hudson.FilePath < java.lang.Object
java.util.UUID < java.lang.Object
java.util.Random < java.lang.Object
java.util.concurrent.TimeUnit < java.lang.Enum
java.util.regex.Pattern < java.lang.Object
java.util.regex.Matcher < java.lang.Object
java.lang.Math < java.lang.Object
java.lang.System < java.lang.Object
java.lang.Thread < java.lang.Object
java.lang.Class < java.lang.Object
java.io.File < java.lang.Object
java.net.URLEncoder < java.lang.Object
java.net.URLDecoder < java.lang.Object
java.net.URL < java.lang.Object
java.net.URI < java.lang.Object
groovy.lang.Closure < java.lang.Object
org.jenkinsci.plugins.workflow.cps.CpsClosure2 < groovy.lang.Closure
groovy.lang.Script < java.lang.Object
groovy.lang.Binding < java.lang.Object
org.codehaus.groovy.runtime.NullObject < java.lang.Object
net.sf.json.JSONObject < java.util.Map
net.sf.json.JSONArray < java.util.List
net.sf.json.JSONNull < java.lang.Object
groovy.xml.XmlUtil < java.lang.Object
groovy.json.JsonSlurper < java.lang.Object
groovy.json.JsonSlurperClassic < java.lang.Object
groovy.json.JsonOutput < java.lang.Object
groovy.json.JsonBuilder < java.lang.Object
jenkins.model.Jenkins < java.lang.Object
hudson.model.Result < java.lang.Object
hudson.Util < java.lang.Object
java.lang.Throwable < java.lang.Object
java.lang.Error < java.lang.Throwable
java.lang.AssertionError < java.lang.Error
org.codehaus.groovy.runtime.powerassert.PowerAssertionError < java.lang.AssertionError
java.lang.VirtualMachineError < java.lang.Error
java.lang.StackOverflowError < java.lang.VirtualMachineError
java.lang.OutOfMemoryError < java.lang.VirtualMachineError
java.lang.LinkageError < java.lang.Error
java.lang.IncompatibleClassChangeError < java.lang.LinkageError
java.lang.NoSuchMethodError < java.lang.IncompatibleClassChangeError
java.lang.Exception < java.lang.Throwable
java.io.IOException < java.lang.Exception
java.io.FileNotFoundException < java.io.IOException
java.io.NotSerializableException < java.io.IOException
java.nio.file.NoSuchFileException < java.io.IOException
hudson.AbortException < java.io.IOException
org.jenkinsci.plugins.credentialsbinding.impl.CredentialNotFoundException < hudson.AbortException
java.lang.InterruptedException < java.lang.Exception
java.lang.CloneNotSupportedException < java.lang.Exception
java.lang.ReflectiveOperationException < java.lang.Exception
java.lang.ClassNotFoundException < java.lang.ReflectiveOperationException
java.util.concurrent.TimeoutException < java.lang.Exception
java.util.concurrent.CancellationException < java.lang.IllegalStateException
java.net.URISyntaxException < java.lang.Exception
java.text.ParseException < java.lang.Exception
java.time.DateTimeException < java.lang.RuntimeException
java.time.format.DateTimeParseException < java.time.DateTimeException
java.time.zone.ZoneRulesException < java.time.DateTimeException
java.time.temporal.UnsupportedTemporalTypeException < java.time.DateTimeException
org.codehaus.groovy.runtime.metaclass.MethodSelectionException < groovy.lang.GroovyRuntimeException
org.jenkinsci.plugins.workflow.steps.FlowInterruptedException < java.lang.InterruptedException
java.lang.RuntimeException < java.lang.Exception
java.lang.IllegalArgumentException < java.lang.RuntimeException
java.lang.NumberFormatException < java.lang.IllegalArgumentException
java.util.regex.PatternSyntaxException < java.lang.IllegalArgumentException
java.lang.IllegalStateException < java.lang.RuntimeException
java.lang.NullPointerException < java.lang.RuntimeException
java.lang.ArithmeticException < java.lang.RuntimeException
java.lang.ClassCastException < java.lang.RuntimeException
java.lang.UnsupportedOperationException < java.lang.RuntimeException
java.lang.IndexOutOfBoundsException < java.lang.RuntimeException
java.lang.ArrayIndexOutOfBoundsException < java.lang.IndexOutOfBoundsException
java.lang.StringIndexOutOfBoundsException < java.lang.IndexOutOfBoundsException
java.lang.NegativeArraySizeException < java.lang.RuntimeException
java.lang.SecurityException < java.lang.RuntimeException
java.util.NoSuchElementException < java.lang.RuntimeException
java.util.ConcurrentModificationException < java.lang.RuntimeException
java.util.MissingResourceException < java.lang.RuntimeException
org.jenkinsci.plugins.scriptsecurity.sandbox.RejectedAccessException < java.lang.SecurityException
groovy.lang.GroovyRuntimeException < java.lang.RuntimeException
groovy.lang.MissingPropertyException < groovy.lang.GroovyRuntimeException
groovy.lang.MissingMethodException < groovy.lang.GroovyRuntimeException
groovy.lang.ReadOnlyPropertyException < groovy.lang.MissingPropertyException
org.codehaus.groovy.runtime.typehandling.GroovyCastException < java.lang.ClassCastException
org.codehaus.groovy.control.MultipleCompilationErrorsException < groovy.lang.GroovyRuntimeException
groovy.json.JsonException < groovy.lang.GroovyRuntimeException
hudson.plugins.git.GitException < java.lang.RuntimeException
`

const byName = new Map<string, GroovyClass>()
const bySimpleName = new Map<string, GroovyClass>()

const parents: [string, string][] = []
for (const line of HIERARCHY.trim().split('\n')) {
  const [name, parent] = line.split(' < ')
  const type = new GroovyClass(name!)
  byName.set(name!, type)
  bySimpleName.set(type.simpleName, type)
  if (parent) parents.push([name!, parent])
}
for (const [name, parent] of parents) byName.get(name)!.superclass = byName.get(parent)!
bySimpleName.set('Entry', byName.get('java.util.Map$Entry')!)

const PRIMITIVE_CLASSES: Record<string, string> = {
  int: 'Integer',
  long: 'Long',
  short: 'Short',
  byte: 'Byte',
  float: 'Float',
  double: 'Double',
  boolean: 'Boolean',
  char: 'Character',
  def: 'Object',
  'Map.Entry': 'Entry',
}

/** Packages whose classes need no import; elsewhere only the full name finds one. */
export function builtinClass(name: string): GroovyClass | undefined {
  const alias = Object.hasOwn(PRIMITIVE_CLASSES, name) ? PRIMITIVE_CLASSES[name]! : name
  return byName.get(alias) ?? bySimpleName.get(alias) ?? unlistedClass(alias)
}

/** Written out, a class of these is taken to be there. */
const OF_JAVA =
  /^(?:java|javax|groovy|groovyx|hudson|jenkins|com\.cloudbees|org\.(?:apache|codehaus|jenkinsci))(?:\.[a-z]\w*)*\.[A-Z]\w*$/

/** A class of Java or Groovy that is known by its name alone: the sandbox refuses what it does. */
function unlistedClass(name: string): GroovyClass | undefined {
  const full = defaultImport(name) ?? (OF_JAVA.test(name) ? name : undefined)
  if (full === undefined) return undefined
  const made = new GroovyClass(full, named(parentOf(full)))
  byName.set(full, made)
  return made
}

function parentOf(unlisted: string): string {
  if (unlisted.endsWith('Error')) return 'java.lang.Error'
  if (!unlisted.endsWith('Exception')) return 'java.lang.Object'
  return /^java\.(io|net)\./.test(unlisted) ? 'java.io.IOException' : 'java.lang.Exception'
}

/** The class of that full name, made on the fly for an exception class we have no line for. */
export function exceptionClass(name: string): GroovyClass {
  const known = byName.get(name)
  if (known) return known
  const made = new GroovyClass(name, byName.get('java.lang.Exception')!)
  byName.set(name, made)
  return made
}

function named(name: string): GroovyClass {
  return byName.get(name)!
}

/** What a closure of transformed code is one of. */
export const CPS_CLOSURE = 'org.jenkinsci.plugins.workflow.cps.CpsClosure2'

export function classOf(value: Value): GroovyClass {
  if (value === null) return named('org.codehaus.groovy.runtime.NullObject')
  switch (typeof value) {
    case 'string':
      return named('java.lang.String')
    case 'number':
      return named('java.lang.Integer')
    case 'bigint':
      return named('java.lang.Long')
    case 'boolean':
      return named('java.lang.Boolean')
    default:
      return classOfObject(value)
  }
}

function classOfObject(
  value: Exclude<Value, null | string | number | bigint | boolean>,
): GroovyClass {
  if (value instanceof JsonObject) return named('net.sf.json.JSONObject')
  if (value instanceof JsonArray) return named('net.sf.json.JSONArray')
  if (value instanceof GroovyArray) return arrayClass(value)
  if (value instanceof OtherList) return named(value.javaClass)
  if (value instanceof FixedList) return named('java.util.Arrays$ArrayList')
  if (Array.isArray(value)) return named('java.util.ArrayList')
  if (value instanceof GroovyMap) {
    return named(value.fallback ? 'groovy.lang.MapWithDefault' : value.javaClass)
  }
  if (value instanceof GroovyObject) return value.type
  if (value instanceof GString) return named('org.codehaus.groovy.runtime.GStringImpl')
  if (value instanceof GroovyClosure) {
    const isTransformed = value.body !== null && !value.isPlain
    return named(isTransformed ? CPS_CLOSURE : 'groovy.lang.Closure')
  }
  if (value instanceof GroovyDecimal) return named('java.math.BigDecimal')
  if (value instanceof GroovyFloat) return named('java.lang.Float')
  if (value instanceof GroovyDouble) return named('java.lang.Double')
  if (value instanceof GroovyBigInteger) return named('java.math.BigInteger')
  if (value instanceof GroovySet) return named(value.javaClass)
  if (value instanceof GroovyRange) {
    return named(
      typeof value.from === 'number' ? 'groovy.lang.IntRange' : 'groovy.lang.ObjectRange',
    )
  }
  if (value instanceof GroovyClass) return named('java.lang.Class')
  if (value instanceof GroovyPattern) return named('java.util.regex.Pattern')
  if (value instanceof GroovyMatcher) return named('java.util.regex.Matcher')
  if (value instanceof GroovyDate) return named('java.util.Date')
  if (value instanceof GroovyTime) return builtinClass(value.kind)!
  if (value instanceof GroovyBuilder) return named(value.javaClass)
  if (value instanceof GroovyRandom) return named('java.util.Random')
  if (value instanceof MapEntryValue) return named('java.util.Map$Entry')
  return value instanceof HostObject ? hostClass(value.port.typeName) : named('java.lang.Object')
}

function arrayClass({ javaName }: GroovyArray): GroovyClass {
  const known = byName.get(javaName)
  if (known) return known
  const made = new GroovyClass(javaName, named('java.lang.Object'))
  byName.set(javaName, made)
  return made
}

function hostClass(name: string): GroovyClass {
  const known = byName.get(name)
  return known ?? new GroovyClass(name, named('java.lang.Object'))
}

export function isSubclass(type: GroovyClass | null, of: GroovyClass): boolean {
  if (of.name === 'java.lang.Object') return type !== null
  for (let at = type; at; at = at.superclass) {
    if (at.name === of.name || at.interfaces.some((each) => isSubclass(each, of))) return true
  }
  return false
}

export function isInstance(value: Value, type: GroovyClass): boolean {
  if (value === null) return false
  if (type.name === 'java.lang.Iterable')
    return isSubclass(classOf(value), named('java.util.Collection'))
  if (type.name === 'groovy.lang.Range') return value instanceof GroovyRange
  if (type.name === 'java.lang.Comparable' || type.name === 'java.io.Serializable') {
    return typeof value !== 'object' || !(value instanceof HostObject)
  }
  return isSubclass(classOf(value), type)
}
