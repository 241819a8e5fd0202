import { describe, expect, it } from 'vitest'
import type { Host, Limits, StepCall, Value } from './index.ts'
import { createInterpreter, GroovyError, hostError, parseGroovy, toGroovyString } from './index.ts'

interface Outcome {
  lines: string[]
  calls: { name: string; line: number; context: unknown }[]
  result: string
}

/** Runs a script against a host with `echo`, `sh`, and block steps that run their body. */
async function run(source: string, limits?: Limits, tick?: Host['tick']): Promise<Outcome> {
  const { ast, errors } = parseGroovy(source)
  expect(errors).toEqual([])
  const lines: string[] = []
  const calls: Outcome['calls'] = []
  const step = async (call: StepCall): Promise<Value> => {
    calls.push({ name: call.name, line: call.position.line, context: call.context })
    const [first = null] = call.positional
    if (call.name === 'echo') lines.push(toGroovyString(first))
    else if (call.name === 'sh') {
      if (first === 'fail') throw hostError('hudson.AbortException', 'script returned exit code 1')
      return 'out\n'
    } else if (call.closure) {
      const context = `${String(call.context)}/${toGroovyString(first)}`
      return interpreter.callClosure(call.closure, [], { context })
    } else {
      const text = `No such DSL method '${call.name}' found among steps [echo, sh]`
      throw hostError('java.lang.NoSuchMethodError', text)
    }
    return null
  }
  const interpreter = createInterpreter(
    {
      getVariable: (name) => (name === 'FOO' ? 'foo-param' : undefined),
      invoke: step,
      now: () => 1_700_000_000_000,
      random: () => 0.5,
      tick,
    },
    limits,
  )
  try {
    const value = await interpreter.runScript(ast, 'root')
    return { lines, calls, result: await interpreter.print(value, 'root') }
  } catch (error) {
    if (!(error instanceof GroovyError)) throw error
    return { lines, calls, result: `threw ${error.message}` }
  }
}

const tables: Record<string, [string, string][]> = {
  arithmetic: [
    ['7/2', '3.5'],
    ['7.intdiv(2)', '3'],
    ['1 + 2 * 3', '7'],
    ['10 % 3', '1'],
    ['2 ** 10', '1024'],
    ['2147483647 + 1', '-2147483648'],
    ['2147483647L + 1', '2147483648'],
    ['0.1 + 0.2', '0.3'],
    ['1/3', '0.3333333333'],
    ['10 / 2', '5'],
    ['1.0 * 2', '2.0'],
    ['(7/2) as int', '3'],
  ],
  'strings and closures': [
    ['def x = "a"; "${x}b ${1+1}"', 'ab 2'],
    ['def a = [1,2,3]; a.collect { it * 2 }', '[2, 4, 6]'],
    ['[a:1,b:2].collect { k, v -> "$k=$v" }.join(",")', 'a=1,b=2'],
  ],
  collections: [
    ['[3,1,2].sort()', '[1, 2, 3]'],
    ['[3,1,2].sort { a, b -> b <=> a }', '[3, 2, 1]'],
    ['["bb","a"].sort { it.size() }', '[a, bb]'],
    ['[1,[2,[3]]].flatten()', '[1, 2, 3]'],
    ['[1,2,3,4].groupBy { it % 2 == 0 ? "e" : "o" }', '[o:[1, 3], e:[2, 4]]'],
  ],
  'ranges and indexes': [
    ['(1..5).sum()', '15'],
    ['[1,2,3].inject(0) { a, b -> a + b }', '6'],
    ['"a,b,,".split(",")', '[a, b]'],
    ['"a b  c".tokenize()', '[a, b, c]'],
    ['"hello"[1..3]', 'ell'],
    ['"hello"[-1]', 'o'],
    ['[1,2,3][-1]', '3'],
    ['[1,2,3][0..1]', '[1, 2]'],
  ],
  'regular expressions': [
    ['def m = "abc-123" =~ /(\\w+)-(\\d+)/; m[0][2]', '123'],
    ['"abc" ==~ /a.c/', 'true'],
    ['def m = ("v1.2" =~ /v(\\d+)\\.(\\d+)/); if (m) { return m.group(1) }', '1'],
    ['@NonCPS def f() { "a1b2".replaceAll(/\\d/) { "<$it>" } }\nf()', 'a<1>b<2>'],
    ['"foo.bar".replaceAll("(o+)", "[\\$1]")', 'f[oo].bar'],
  ],
  methods: [
    ['def f(n) { n <= 1 ? 1 : n * f(n - 1) }\nf(10)', '3628800'],
    ['def f(n) { n == 0 ? 0 : 1 + f(n - 1) }\nf(1000)', '1000'],
    ['def f(n) { f(n + 1) }\ntry { f(0) } catch (StackOverflowError e) { "so" }', 'so'],
  ],
  exceptions: [
    [
      'try { sh "fail" } catch (e) { "${e.class.name}: ${e.message}" }',
      'hudson.AbortException: script returned exit code 1',
    ],
    [
      'try { throw new IllegalArgumentException("x") } catch (RuntimeException e) { e.toString() } finally { echo "f" }',
      'f|java.lang.IllegalArgumentException: x',
    ],
  ],
  'names and null': [
    [
      'foo',
      'threw groovy.lang.MissingPropertyException: No such property: foo for class: groovy.lang.Binding',
    ],
    [
      'null.foo()',
      'threw java.lang.NullPointerException: Cannot invoke method foo() on null object',
    ],
    ['def x = null; x?.foo() ?: "d"', 'd'],
    [
      'nope 1',
      "threw java.lang.NoSuchMethodError: No such DSL method 'nope' found among steps [echo, sh]",
    ],
  ],
  'control flow': [
    ['@NonCPS def f() { def c = { a, b = 5 -> a + b }; c(1) + c(1, 2) }\nf()', '9'],
    ['def c = { it * 2 }.curry(4); c()', '8'],
    ['[1,2].each { x -> echo "n$x" }; "done"', 'n1|n2|done'],
    ['def s = ""; for (i in 0..<3) { if (i == 1) continue; s += i }; s', '02'],
    ['int i = 0; while (true) { if (++i > 4) break }; i', '5'],
    [
      'outer: for (a in 1..3) { for (b in 1..3) { if (b == 2) continue outer; echo "$a$b" } }',
      '11|21|31|null',
    ],
  ],
  switch: [
    [
      'def r; switch ("foo") { case ~/f.*/: r = "re"; break; case String: r = "s"; break; default: r = "d" }; r',
      're',
    ],
    [
      'def f(x) { switch (x) { case 1..3: return "low"; case [4, 5]: return "mid"; case Integer: return "int"; case { it == "z" }: return "clo"; default: return "def" } }\n[f(2), f(4), f(9), f("z"), f("q")]',
      '[low, mid, int, clo, def]',
    ],
  ],
  classes: [
    [
      'class P { String n; int a = 3; P(n) { this.n = n }\n def hi() { "hi $n $a" }\n static s() { "st" }\n String toString() { "P($n)" } }\ndef p = new P("x"); [p.hi(), P.s(), p.n, "$p"]',
      '[hi x 3, st, x, P(x)]',
    ],
    ['class A { def n }\nclass B extends A { def m() { n } }\nnew B(n: 4).m()', '4'],
    ['enum E { X, Y }\n[E.X, E.values().size(), E.valueOf("Y").ordinal()]', '[X, 2, 1]'],
    [
      'class MyEx extends Exception { MyEx(String m) { super(m) } }\ntry { throw new MyEx("boo") } catch (MyEx e) { e.message }',
      'boo',
    ],
  ],
  'maps and delegates': [
    [
      '@NonCPS def f() { def m = [:].withDefault { [] }; m.a << 1; m.a << 2; m }; f()',
      '[a:[1, 2]]',
    ],
    ['def (a, b) = [1, 2]; (a, b) = [b, a]; "$a$b"', '21'],
    ['[a: 1].with { a + 1 }', '2'],
    [
      'def body = { name = "n"; v = 3 }; def cfg = [:]; body.resolveStrategy = Closure.DELEGATE_FIRST; body.delegate = cfg; body(); cfg',
      '[name:n, v:3]',
    ],
  ],
  JSON: [
    [
      'import groovy.json.*\ndef o = new JsonSlurperClassic().parseText(\'{"a":[1,2.5,"x",null,true]}\'); JsonOutput.toJson(o)',
      '{"a":[1,2.5,"x",null,true]}',
    ],
    [
      'JsonOutput = groovy.json.JsonOutput; JsonOutput.prettyPrint(JsonOutput.toJson([a:1,b:[]]))',
      '{\n    "a": 1,\n    "b": [\n        \n    ]\n}',
    ],
  ],
  'formatting and lists': [
    ['String.format("%05.2f|%-4s|%03d|%s", 3.14159, "a", 7, [1])', '03.14|a   |007|[1]'],
    ['def i = 0; def g = "${-> i}"; i = 5; "$g"', '5'],
    ['new Date().format("yyyy-MM-dd HH:mm")', '2023-11-14 22:13'],
    ['System.currentTimeMillis()', '1700000000000'],
    ['def x = ["a", "b"]; "${x}"', '[a, b]'],
    ['[1, 2, 3].findAll { it > 1 }*.class*.simpleName', 'ArrayList'],
    ['@NonCPS def f() { [*1..3, *[9]] }; f()', '[1, 2, 3, 9]'],
  ],
  'the sandbox': [
    [
      '"x".constructor',
      'threw org.jenkinsci.plugins.scriptsecurity.sandbox.RejectedAccessException: No such field found: field java.lang.String constructor',
    ],
    ['[:].__proto__', 'null'],
    ['[].constructor', '[]'],
    [
      'new File("/etc/passwd").text',
      'threw org.jenkinsci.plugins.scriptsecurity.sandbox.RejectedAccessException: Scripts not permitted to use new java.io.File java.lang.String',
    ],
    [
      'new ArrayDeque([1])',
      'threw org.jenkinsci.plugins.scriptsecurity.sandbox.RejectedAccessException: Scripts not permitted to use new java.util.ArrayDeque java.util.Collection',
    ],
    [
      'new StringTokenizer("a b")',
      'threw org.jenkinsci.plugins.scriptsecurity.sandbox.RejectedAccessException: Scripts not permitted to use new java.util.StringTokenizer java.lang.String',
    ],
    [
      'import java.util.concurrent.atomic.AtomicInteger\nnew AtomicInteger(1)',
      'threw org.jenkinsci.plugins.scriptsecurity.sandbox.RejectedAccessException: Scripts not permitted to use new java.util.concurrent.atomic.AtomicInteger int',
    ],
    [
      '[1].stream()',
      'threw org.jenkinsci.plugins.scriptsecurity.sandbox.RejectedAccessException: Scripts not permitted to use method java.util.Collection stream',
    ],
    [
      'Optional.of(1)',
      'threw org.jenkinsci.plugins.scriptsecurity.sandbox.RejectedAccessException: Scripts not permitted to use staticMethod java.util.Optional of java.lang.Object',
    ],
    [
      'String.getClassLoader()',
      'threw org.jenkinsci.plugins.scriptsecurity.sandbox.RejectedAccessException: Scripts not permitted to use method java.lang.Class getClassLoader',
    ],
    [
      'binding.variables',
      'threw org.jenkinsci.plugins.scriptsecurity.sandbox.RejectedAccessException: Scripts not permitted to use method groovy.lang.Binding getVariables',
    ],
    [
      'binding.setVariable("a", 1)',
      'threw org.jenkinsci.plugins.scriptsecurity.sandbox.RejectedAccessException: Scripts not permitted to use method groovy.lang.Binding setVariable java.lang.String java.lang.Object',
    ],
    ['x = 1; [binding.hasVariable("x"), binding.hasVariable("y")]', '[true, false]'],
  ],
  'steps and scope': [
    ['def add = this.&f\ndef f(a) { a + 1 }\nadd(2)', '3'],
    ['node("x") { def v = sh(script: "ls", returnStdout: true).trim(); echo v; v }', 'out|out'],
    ['FOO.toUpperCase()', 'FOO-PARAM'],
    ['x = 5\ndef f() { x + 1 }\nf()', '6'],
    ['@groovy.transform.Field def z = 9\ndef f() { z }\nf()', '9'],
    ['assert 1 == 2', 'threw Assertion failed: \n\nassert 1 == 2\n'],
    ['"a" + 1 + null', 'a1null'],
    ['1 + "a"', '1a'],
    ['"3".toInteger() + 1', '4'],
    [
      '"abc".foo()',
      'threw groovy.lang.MissingMethodException: No signature of method: java.lang.String.foo() is applicable for argument types: () values: []',
    ],
  ],
  'everyday methods': [
    ['def s = """\\\n  a\n   b""".stripIndent(); s', 'a\n b'],
    ['"a-b".capitalize().padLeft(6, "*")', '***A-b'],
    ['[1,2,3,4].collate(2)', '[[1, 2], [3, 4]]'],
    ['["x","y"].withIndex().collect { e, i -> "$e$i" }', '[[x, 0]null, [y, 1]null]'],
    ['[b:2,a:1].sort()', '[a:1, b:2]'],
    ['[b:2,a:3].sort { -it.value }.entrySet()*.key', '[a, b]'],
    ['[b:2]*.key', 'null'],
    ['[b:2,a:3].max { it.value }.key', 'a'],
    ['5.times { echo "$it" }', '0|1|2|3|4|null'],
    ['1 <=> 2', '-1'],
    ['"a" in ["a"]', 'true'],
    ['!("a" in ["a"])', 'false'],
    ['"x" instanceof String && 1 instanceof Number', 'true'],
    ['[1,2,2].unique().size()', '2'],
    ['def f(Map m, String s) { "$m $s" }\nf("z", a: 1)', '[a:1] z'],
    ['def f(Object... xs) { xs.size() }\nf(1,2,3)', '3'],
    ['def c = { a -> { b -> a + b } }; c(1)(2)', '3'],
    ['true && "x"', 'true'],
    ['@NonCPS def v() { "1.10.2".tokenize(".")*.toInteger() }; v()', '[1, 10, 2]'],
    [
      '["1.2","1.10"].max { a, b -> a.tokenize(".")[1].toInteger() <=> b.tokenize(".")[1].toInteger() }',
      '1.10',
    ],
    ['"${"nested ${1}"}"', 'nested 1'],
    ['def x = 5; x += 2; x *= 3; x--; x', '20'],
    ['def a = [1]; a += 2; a += [3]; a', '[1, 2, 3]'],
    ['def m = [a: 1]; m.b = 2; m["c"] = 3; m + [d: 4]', '[a:1, b:2, c:3, d:4]'],
    ['"  x ".trim().isEmpty()', 'false'],
    ['null == false', 'false'],
    ['if ([]) 1 else 2', '2'],
    ['"abc".collect { it.toUpperCase() }.join()', 'ABC'],
    ['UUID.randomUUID().toString()', '80000000-8000-4000-8000-000080000000'],
    ['"a".equals("a") && "A".equalsIgnoreCase("a")', 'true'],
    [
      'evaluate("1")',
      "threw java.lang.NoSuchMethodError: No such DSL method 'evaluate' found among steps [echo, sh]",
    ],
    ['def s = 0; 1.upto(4) { s += it }; s', '10'],
    ['"%d items".formatted(3)', '3 items'],
    ['["a","b"].indexed()', '[0:a, 1:b]'],
    ['[[1,"a"],[2,"b"]].collectEntries()', '[1:a, 2:b]'],
    ['[1,2,3,4,5].subList(1,3)', '[2, 3]'],
    ['def f = { -> "x" }; f() + f.call()', 'xx'],
    ['1..3', '1..3'],
    ['(1..3).toList()', '[1, 2, 3]'],
    ['[1,2,3].each { if (it == 2) return; echo "$it" }; "e"', '1|3|e'],
    ['def x = "y"; [(x): 1, "z$x": 2]', '[y:1, zy:2]'],
    ['Math.max(3, 9) + Math.abs(-2)', '11'],
  ],
}

for (const [name, cases] of Object.entries(tables)) {
  describe(name, () => {
    it.each(cases)('%s', async (source, expected) => {
      const { lines, result } = await run(source)
      expect([...lines, result].join('|')).toBe(expected)
    })
  })
}

describe('the host', () => {
  it('gets each step with its position and the context of the body it is in', async () => {
    const { calls } = await run(
      'def deep() {\n  echo "c"\n}\nstage("A") {\n  echo "a"\n  stage("B") {\n    [1].each { deep() }\n  }\n}\necho "z"',
    )
    expect(calls).toEqual([
      { name: 'stage', line: 4, context: 'root' },
      { name: 'echo', line: 5, context: 'root/A' },
      { name: 'stage', line: 6, context: 'root/A' },
      { name: 'echo', line: 2, context: 'root/A/B' },
      { name: 'echo', line: 10, context: 'root' },
    ])
  })

  it('makes the same calls in the same order every time', async () => {
    const source = '[b: 2, a: 1, c: 3].each { k, v -> sh "$k$v" }\n(1..3).each { sh "n$it" }'
    const [first, second] = [await run(source), await run(source)]
    expect(first.calls).toEqual(second.calls)
    expect(first.calls).toHaveLength(6)
  })

  it('can end a loop that never ends', async () => {
    let ticks = 0
    const tick = () => {
      ticks += 1
      if (ticks > 3) throw new Error('aborted')
    }
    await expect(run('while (true) { try { 1 + 1 } catch (e) { } }', {}, tick)).rejects.toThrow(
      'aborted',
    )
  })
})

describe('limits', () => {
  it('ends unbounded recursion as Jenkins does, and the script can catch it', async () => {
    const { result } = await run('def f(n) { f(n + 1) }\nf(0)')
    expect(result).toBe(
      'threw java.lang.StackOverflowError: Excessively nested closures/functions at ' +
        'WorkflowScript.f(WorkflowScript:1) - look for unbounded recursion - call depth: 1025',
    )
    const caught = await run(
      'def f(n) { f(n + 1) }\ntry { f(0) } catch (StackOverflowError e) { "caught" }',
    )
    expect(caught.result).toBe('caught')
  })

  it('counts recursion through steps too', async () => {
    const { result } = await run(
      'def f() { stage("x") { f() } }\ntry { f() } catch (Error e) { e.class.simpleName }',
    )
    expect(result).toBe('StackOverflowError')
  })

  it('bounds strings, lists and loops', async () => {
    const limits = { maxStringLength: 1000, maxEntries: 100, maxIterations: 50 }
    const big = await run('def s = "x"; while (true) { s = s + s }', limits)
    expect(big.result).toBe('threw java.lang.OutOfMemoryError: Java heap space')
    const list = await run('def l = [1]; while (true) { l = l + l }', limits)
    expect(list.result).toBe('threw java.lang.OutOfMemoryError: Java heap space')
    const loop = await run('while (true) { }', limits)
    expect(loop.result).toBe('threw java.lang.IllegalStateException: a loop ran more than 50 times')
  })
})
