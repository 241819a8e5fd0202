import { builtinClass, isInstance } from './classes.ts'
import { PRIMITIVES } from './tokens.ts'
import { GroovyArray } from './value.ts'
import type { Value } from './value.ts'

// How the constructors and methods are declared that scripts reach for and the sandbox refuses: its
// words name these parameters, whatever was given. A name without a package is of java.lang; `()`
// takes nothing; several declarations stand beside each other.

const CONSTRUCTORS = `
java.io.File: (String) (String,String) (java.io.File,String) (java.net.URI)
java.io.FileReader: (String) (java.io.File)
java.io.FileWriter: (String) (java.io.File) (String,boolean) (java.io.File,boolean)
java.io.FileInputStream: (String) (java.io.File)
java.io.FileOutputStream: (String) (java.io.File) (String,boolean) (java.io.File,boolean)
java.io.BufferedReader: (java.io.Reader)
java.io.BufferedWriter: (java.io.Writer)
java.io.InputStreamReader: (java.io.InputStream)
java.io.ByteArrayInputStream: (byte[])
java.io.ByteArrayOutputStream: () (int)
java.net.URI: (String)
java.net.URL: (String,String,String)
java.util.ArrayDeque: () (int) (java.util.Collection)
java.util.BitSet: () (int)
java.util.Date: (String) (int,int,int)
java.util.GregorianCalendar: () (int,int,int)
java.util.Locale: (String) (String,String)
java.util.PriorityQueue: () (int) (java.util.Collection) (java.util.Comparator)
java.util.Properties: () (java.util.Properties)
java.util.Scanner: (String) (java.io.File) (java.io.InputStream)
java.util.Stack: ()
java.util.StringJoiner: (CharSequence) (CharSequence,CharSequence,CharSequence)
java.util.StringTokenizer: (String) (String,String) (String,String,boolean)
java.util.Timer: ()
java.util.Vector: () (int) (java.util.Collection)
java.util.concurrent.ConcurrentLinkedQueue: () (java.util.Collection)
java.util.concurrent.CopyOnWriteArrayList: () (java.util.Collection)
java.util.concurrent.CountDownLatch: (int)
java.util.concurrent.LinkedBlockingQueue: () (int) (java.util.Collection)
java.util.concurrent.atomic.AtomicBoolean: () (boolean)
java.util.concurrent.atomic.AtomicInteger: () (int)
java.util.concurrent.atomic.AtomicLong: () (long)
java.util.concurrent.atomic.AtomicReference: () (Object)
java.util.concurrent.locks.ReentrantLock: () (boolean)
java.text.DecimalFormat: () (String)
java.text.SimpleDateFormat: (String,java.util.Locale)
java.lang.ProcessBuilder: (java.util.List) (String[])
java.lang.Thread: () (Runnable) (String)
groovy.lang.GroovyClassLoader: () (ClassLoader)
groovy.lang.GroovyShell: () (groovy.lang.Binding) (ClassLoader)
groovy.lang.Binding: () (java.util.Map)
groovy.lang.Tuple2: (Object,Object)
groovy.text.GStringTemplateEngine: ()
groovy.text.SimpleTemplateEngine: () (boolean)
groovy.text.StreamingTemplateEngine: ()
groovy.util.AntBuilder: ()
groovy.util.ConfigObject: ()
groovy.util.ConfigSlurper: () (String)
groovy.util.Expando: () (java.util.Map)
groovy.util.NodeBuilder: ()
groovy.util.XmlParser: () (boolean,boolean)
groovy.util.XmlSlurper: () (boolean,boolean)
groovy.json.StreamingJsonBuilder: (java.io.Writer)
groovy.xml.MarkupBuilder: () (java.io.Writer)
groovy.xml.StreamingMarkupBuilder: ()
`

const METHODS = `
java.util.Collection stream: ()
java.util.Collection parallelStream: ()
java.util.Collection spliterator: ()
java.lang.CharSequence chars: ()
java.lang.String codePoints: ()
java.lang.Class getClassLoader: ()
java.lang.Class getDeclaredMethods: ()
java.lang.Class getMethods: ()
java.lang.Class getDeclaredFields: ()
java.lang.Class getResource: (String)
java.lang.Class getSuperclass: ()
java.lang.Throwable getStackTrace: ()
java.net.URL openConnection: ()
java.net.URL openStream: ()
java.net.URL getHost: ()
java.net.URL getPath: ()
java.net.URL getPort: ()
java.net.URL getProtocol: ()
java.net.URL toURI: ()
groovy.json.JsonSlurper parse: (java.io.File) (java.net.URL) (java.io.InputStream) (java.io.Reader)
`

const STATICS = `
java.lang.Class forName: (String)
java.lang.Runtime getRuntime: ()
java.lang.System exit: (int)
java.lang.System getProperty: (String) (String,String)
java.lang.System setProperty: (String,String)
java.lang.System getenv: () (String)
java.lang.Thread sleep: (long)
java.lang.Thread currentThread: ()
java.net.InetAddress getByName: (String)
java.net.InetAddress getLocalHost: ()
java.nio.file.Files exists: (java.nio.file.Path,java.nio.file.LinkOption[])
java.nio.file.Files readAllLines: (java.nio.file.Path)
java.nio.file.Paths get: (String,String[])
java.security.MessageDigest getInstance: (String) (String,String)
java.util.List of: () (Object) (Object,Object) (Object,Object,Object) (Object[])
java.util.List copyOf: (java.util.Collection)
java.util.Set of: () (Object) (Object,Object) (Object,Object,Object) (Object[])
java.util.Map of: () (Object,Object) (Object,Object,Object,Object)
java.util.Map entry: (Object,Object)
java.util.Optional of: (Object)
java.util.Optional ofNullable: (Object)
java.util.Optional empty: ()
java.util.stream.Collectors toList: ()
java.util.stream.Collectors joining: () (CharSequence)
java.util.stream.IntStream range: (int,int)
java.util.stream.Stream of: (Object[])
java.util.concurrent.Executors newFixedThreadPool: (int)
groovy.util.Eval me: (String)
org.codehaus.groovy.runtime.ScriptBytecodeAdapter asType: (Object,Class)
org.codehaus.groovy.runtime.ScriptBytecodeAdapter castToType: (Object,Class)
hudson.model.User get: (String)
hudson.model.User current: ()
jenkins.model.Jenkins getInstance: ()
jenkins.model.Jenkins get: ()
jenkins.model.Jenkins getInstanceOrNull: ()
`

type Declarations = ReadonlyMap<string, string[][]>

function read(table: string): Declarations {
  return new Map(
    table
      .trim()
      .split('\n')
      .map((line) => {
        const [name, rest] = line.split(': ')
        const lists = rest!.split(' ').map((each) => each.slice(1, -1).split(',').filter(Boolean))
        return [name!, lists]
      }),
  )
}

const constructors = read(CONSTRUCTORS)
const methods = read(METHODS)
const statics = read(STATICS)

const fullName = (name: string) =>
  name.includes('.') || PRIMITIVES.has(name.replace('[]', '')) ? name : `java.lang.${name}`

function takes(declared: string, value: Value): boolean {
  if (declared.endsWith('[]')) return value instanceof GroovyArray || Array.isArray(value)
  if (value === null) return !PRIMITIVES.has(declared)
  const type = builtinClass(declared)
  return type !== undefined && isInstance(value, type)
}

/** The one that the arguments are for, as the sandbox writes it: a blank before each class. */
function matching(lists: string[][] | undefined, args: Value[]): string | undefined {
  const sized = lists?.filter((list) => list.length === args.length) ?? []
  const fit = sized.find((list) => list.every((each, at) => takes(each, args[at]!))) ?? sized[0]
  const variadic = lists?.find((list) => list.at(-1)?.endsWith('[]'))
  return (fit ?? variadic)?.map((each) => ` ${fullName(each)}`).join('')
}

export const declaredConstructor = (type: string, args: Value[]) =>
  matching(constructors.get(type), args)

export const declaredStatic = (type: string, name: string, args: Value[]) =>
  matching(statics.get(`${type} ${name}`), args)

/** A method that an object has and that is refused: its class and parameters as declared. */
export function declaredMethod(target: Value, name: string, args: Value[]): string | undefined {
  for (const [key, lists] of methods) {
    const [type, method] = key.split(' ')
    if (method !== name || !isInstance(target, builtinClass(type!)!)) continue
    return `method ${key}${matching(lists, args) ?? ''}`
  }
  return undefined
}
