import { describe, expect, it } from 'vitest'
import type { Expr, MapEntry, Stmt } from './index.ts'
import { parseGroovy } from './index.ts'

/** A tree as an s-expression, in enough detail to see how it was taken apart. */
function show(node: Expr | Stmt | null): string {
  if (node === null) return '-'
  switch (node.kind) {
    case 'literal':
      return node.type === 'string' ? JSON.stringify(node.raw) : node.raw
    case 'variable':
      return node.name
    case 'gstring':
      return `(str ${node.strings
        .map((text, at) => [JSON.stringify(text), show(node.values[at] ?? null)].join(' '))
        .join(' ')
        .replace(/ -$/, '')})`
    case 'list':
      return `[${node.items.map(show).join(' ')}]`
    case 'map':
      return `{${node.entries.map(entry).join(' ')}}`
    case 'call':
      return `(${[node.object ? `${show(node.object)}${node.style}` : '', name(node.method)].join('')}${[...node.named.map(entry), ...node.args.map(show)].map((each) => ` ${each}`).join('')})`
    case 'property':
      return `${show(node.object)}${node.style}${name(node.name)}`
    case 'index':
      return `${show(node.object)}[${node.index.map(show).join(' ')}]`
    case 'closure':
      return `{${node.params ? `${node.params.map((each) => each.name).join(',')}-> ` : ''}${node.body.body.map(show).join('; ')}}`
    case 'binary':
      return `(${node.op} ${show(node.left)} ${show(node.right)})`
    case 'unary':
      return `(${node.op} ${show(node.operand)})`
    case 'increment':
      return node.prefix ? `(${node.op} ${show(node.target)})` : `(${show(node.target)} ${node.op})`
    case 'assign':
      return `(${node.op === '=' ? '' : node.op}= ${show(node.target)} ${show(node.value)})`
    case 'ternary':
      return `(? ${[node.condition, node.consequent, node.alternate].map(show).join(' ')})`
    case 'range':
      return `(..${node.exclusive ? '<' : ''} ${show(node.from)} ${show(node.to)})`
    case 'cast':
      return `(${node.coerce ? 'as' : 'cast'} ${node.type.name} ${show(node.value)})`
    case 'methodPointer':
      return `(.& ${show(node.object)} ${name(node.name)})`
    case 'new':
      return `(new ${node.type.name}${node.args.map((each) => ` ${show(each)}`).join('')})`
    case 'expression':
      return show(node.expr)
    case 'declare':
      return `(def ${node.names.map((each) => `${each.type ? `${each.type.name}:` : ''}${each.name}`).join(',')} ${show(node.value)})`
    case 'return':
      return `(return ${show(node.value)})`
    default:
      return `<${node.kind}>`
  }
}

function name(of: string | Expr): string {
  return typeof of === 'string' ? of : show(of)
}

function entry({ key, value }: MapEntry): string {
  if (!key) return show(value)
  return `${key.kind === 'literal' ? key.raw : `(${show(key)})`}:${show(value)}`
}

function tree(source: string): string {
  const { ast, errors } = parseGroovy(source)
  return errors[0]
    ? `${errors[0].line}:${errors[0].column} ${errors[0].message}`
    : ast.body.map(show).join(' ; ')
}

describe('expressions', () => {
  it.each([
    ['1 + 2 * 3 - 4', '(- (+ 1 (* 2 3)) 4)'],
    ['a && b || !c', '(|| (&& a b) (! c))'],
    ['a ?: b ? c : d', '(? a - (? b c d))'],
    ['x = y = 3', '(= x (= y 3))'],
    ['x += 2', '(+= x 2)'],
    ['-x ** 2', '(- (** x 2))'],
    ['a <=> b', '(<=> a b)'],
    ['a in [1, 2]', '(in a [1 2])'],
    ['a !in b', "1:3 expecting EOF, found '!'"],
    ['1..<n', '(..< 1 n)'],
    ['x as int', '(as int x)'],
    ['(String) x', '(cast String x)'],
    ['(a) + b', '(+ a b)'],
    ['a.b?.c*.d', 'a.b?.c*.d'],
    ['a.&b', '(.& a b)'],
    ['x++ + --y', '(+ (x ++) (-- y))'],
    ['[a: 1, "b": 2, (c): 3]', '{a:1 b:2 (c):3}'],
    ['[:]', '{}'],
    ['[1, list,]', '[1 list]'],
    ['m["k"][0]', 'm["k"][0]'],
    ['new Foo(1).bar()', '((new Foo 1).bar)'],
    ['a =~ /x\\/y/', '(=~ a "x/y")'],
    ['0x1F + 1_000 + 2L + 1.50', '(+ (+ (+ 31 1000) 2) 1.50)'],
  ])('%s', (source, expected) => expect(tree(source)).toBe(expected))
})

describe('strings', () => {
  it.each([
    [`'it\\'s \\u00e9'`, `"it's é"`],
    ['"a ${b} $c.d e"', '(str "a " b " " c.d " e")'],
    ['"""x\n${y}"""', '(str "x\\n" y "")'],
    ["'''a\\\nb'''", '"ab"'],
    ['$/a $$ $/ b/$', '"a $ / b"'],
    ['"${-> x}"', '(str "" {-> x} "")'],
    ['"\\${x}"', '"${x}"'],
    ['"${a.collect { "<${it}>" }}"', '(str "" (a.collect {(str "<" it ">")}) "")'],
  ])('%s', (source, expected) => expect(tree(source)).toBe(expected))
})

describe('calls', () => {
  it.each([
    ["sh 'x'", '(sh "x")'],
    ["sh script: 'x', returnStdout: true", '(sh script:"x" returnStdout:true)'],
    ['echo "a", b: 1', '(echo b:1 "a")'],
    ['a b c d', '((a b).c d)'],
    ["node('x') { a }", '(node "x" {a})'],
    ["node('x')\n{\n  a\n}", '(node "x" {a})'],
    ['f { 1 } { 2 }', '(f {1} {2})'],
    ["def x = sh script: 'y'", '(def x (sh script:"y"))'],
    ['list.each { k, v -> k }', '(list.each {k,v-> k})'],
    ['x\n  .trim()\n  .size()', '((x.trim).size)'],
    ['"$n"(1)', '((str "" n "") 1)'],
    ['c()()', '((c).call)'],
    ['timeout(time: 1) {\n a\n}', '(timeout time:1 {a})'],
    ['return a b', '(return (a b))'],
  ])('%s', (source, expected) => expect(tree(source)).toBe(expected))
})

describe('declarations and statements', () => {
  it.each([
    ['def (a, b) = [1, 2]', '(def a,b [1 2])'],
    ['String s = "x"', '(def String:s "x")'],
    ['int a = 1, b = 2', '(def int:a 1) ; (def int:b 2)'],
    ['Map<String, List<Integer>> m = [:]', '(def Map:m {})'],
    ["@Library('x') _\nfoo()", '(def _ -) ; (foo)'],
    ['def f(a, b = 1, ... c) { a }\nfoo f', '2:1 '],
    ['if (a) b else c', '<if>'],
    ['outer: for (x in y) { continue outer }', '<forIn>'],
    ['for (int i = 0; i < 3; i++) { }', '<for>'],
    ['try { a } catch (A | B e) { } finally { }', '<try>'],
    ['switch (x) { case 1: a(); break; default: b() }', '<switch>'],
    ['class A extends B { int x = 1; A() { } def m() { x } }', '<class>'],
    ['import a.b.C\nimport static d.E.f as g\nimport h.*', '<import> ; <import> ; <import>'],
  ])('%s', (source, expected) => {
    if (expected !== '2:1 ') expect(tree(source)).toBe(expected)
    else expect(tree(source)).toContain('unexpected token')
  })
})

describe('errors', () => {
  it.each([
    ['pipeline {\n  agent any\n', "3:1 expecting '}', found ''"],
    ['foo()\n}', '2:1 unexpected token: }'],
    ["echo 'foo\n", "1:10 expecting ''', found '\\n'"],
    ['foo(1 2)', '1:7 unexpected token: 2'],
    ['x = = 1', '1:5 unexpected token: ='],
    ['a ` b', "1:3 unexpected char: '`'"],
    [
      'sh "a $5"',
      '1:1 illegal string body character after dollar sign;\n   solution: either escape a literal dollar sign "\\$5" or bracket the value expression "${5}"',
    ],
  ])('%j', (source, expected) => expect(tree(source)).toBe(expected))

  it('are values even for hostile nesting and size', () => {
    for (const piece of ['(', '[', '{', 'f{', '!', '"${', '-', 'a?b:', 'if(a)']) {
      expect(parseGroovy(piece.repeat(50_000)).errors).toHaveLength(1)
    }
    expect(parseGroovy("echo 'x'\n".repeat(110_000)).errors).toEqual([])
  })
})

describe('positions', () => {
  it('give line, column and offsets that cut out the source', () => {
    const source = "node {\n  sh 'a'\n}"
    const { ast } = parseGroovy(source)
    const [stmt] = ast.body
    expect(source.slice(stmt!.pos.offset, stmt!.end)).toBe(source)
    const call = stmt?.kind === 'expression' && stmt.expr.kind === 'call' ? stmt.expr : null
    const body = call?.args[0]?.kind === 'closure' ? call.args[0].body.body[0] : null
    expect(body?.pos).toEqual({ line: 2, column: 3, offset: 9 })
    expect(source.slice(body!.pos.offset, body!.end)).toBe("sh 'a'")
  })
})
