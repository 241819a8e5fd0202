import { parseError } from './errors.ts'
import { heredocsOf, type Heredoc } from './heredoc.ts'

/** One instruction, as written; variables are not yet put in. */
export interface Instruction {
  /** In capitals. */
  name: string
  /** Where it begins, from 1. */
  line: number
  /** `--name=value`; several of one name in their order. */
  flags: [name: string, value: string][]
  /** What follows the flags. */
  text: string
  /** Of the JSON form: its strings. */
  json: string[] | undefined
  heredocs: Heredoc[]
}

export interface Dockerfile {
  instructions: Instruction[]
  /** `\` unless `# escape=` says the other. */
  escape: string
  /** The frontend that `# syntax=` asks for. */
  syntax: string | undefined
}

const NAMES = new Set(
  (
    'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL ' +
    'STOPSIGNAL USER VOLUME WORKDIR'
  ).split(' '),
)
const WITH_HEREDOCS = new Set(['ADD', 'COPY', 'RUN'])
const WITH_JSON = new Set(['ADD', 'CMD', 'COPY', 'ENTRYPOINT', 'RUN', 'SHELL', 'VOLUME'])
const LARGEST_CHARACTERS = 1024 * 1024

/** Reads a Dockerfile by the grammar of Docker's reference. Throws BuildError with the line. */
export function parseDockerfile(source: string): Dockerfile {
  if (source.length > LARGEST_CHARACTERS) {
    throw parseError(1, `a Dockerfile may have at most ${LARGEST_CHARACTERS} characters`)
  }
  const lines = source.replace(/^\uFEFF/, '').split(/\r?\n/)
  const { escape, syntax } = directivesOf(lines)
  const reader = new Reader(lines, escape)
  const instructions: Instruction[] = []
  for (let next = reader.instruction(); next; next = reader.instruction()) instructions.push(next)
  if (instructions.length === 0) throw parseError(1, 'file with no instructions')
  return { instructions, escape, syntax }
}

/** `# escape=` and `# syntax=` count before everything else only. */
function directivesOf(lines: readonly string[]) {
  const found = new Map<string, string>()
  for (const [at, line] of lines.entries()) {
    const match = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/.exec(line)
    if (!match) break
    const name = match[1]!.toLowerCase()
    if (found.has(name)) throw parseError(at + 1, `only one ${name} parser directive can be used`)
    found.set(name, match[2]!)
  }
  const escape = found.get('escape') ?? '\\'
  if (escape !== '\\' && escape !== '`') {
    throw parseError(1, `invalid escape token '${escape}' does not match \\ or \``)
  }
  return { escape, syntax: found.get('syntax') }
}

const isComment = (line: string) => /^\s*#/.test(line)
const isBlank = (line: string) => line.trim() === ''

class Reader {
  readonly #lines: readonly string[]
  readonly #continued: RegExp
  #at = 0

  constructor(lines: readonly string[], escape: string) {
    this.#lines = lines
    this.#continued = escape === '`' ? /`[ \t]*$/ : /\\[ \t]*$/
  }

  instruction(): Instruction | undefined {
    while (this.#at < this.#lines.length && this.#isIdle(this.#lines[this.#at]!)) this.#at++
    if (this.#at >= this.#lines.length) return undefined
    const line = this.#at + 1
    const logical = this.#logicalLine()
    const [, word = '', rest = ''] = /^(\S+)\s*([\s\S]*)$/.exec(logical)!
    const name = word.toUpperCase()
    if (!NAMES.has(name)) throw parseError(line, `unknown instruction: ${word}`)
    const { flags, text } = flagsOf(rest)
    if (text === '') throw parseError(line, `${name} requires at least one argument`)
    const wanted = WITH_HEREDOCS.has(name) ? heredocsOf(text) : []
    const heredocs = wanted.map((heredoc) => ({ ...heredoc, body: this.#body(heredoc, line) }))
    return {
      name,
      line,
      flags,
      text,
      heredocs,
      json: WITH_JSON.has(name) ? jsonOf(text) : undefined,
    }
  }

  #isIdle(line: string): boolean {
    return isBlank(line) || isComment(line)
  }

  /** Lines that end in the escape character go on; comments between them are left out. */
  #logicalLine(): string {
    let text = ''
    for (let isFirst = true; this.#at < this.#lines.length; isFirst = false) {
      const line = this.#lines[this.#at++]!
      if (!isFirst && this.#isIdle(line)) continue
      const piece = isFirst ? line.trimStart() : line
      if (!this.#continued.test(piece)) return (text + piece).trim()
      text += piece.replace(this.#continued, '')
    }
    return text.trim()
  }

  #body(heredoc: Heredoc, line: number): string {
    const body: string[] = []
    while (this.#at < this.#lines.length) {
      const raw = this.#lines[this.#at++]!
      const text = heredoc.isChomped ? raw.replace(/^\t+/, '') : raw
      if (text === heredoc.name) return body.map((it) => `${it}\n`).join('')
      body.push(text)
    }
    throw parseError(line, 'unterminated heredoc')
  }
}

function flagsOf(rest: string): { flags: Instruction['flags']; text: string } {
  const flags: Instruction['flags'] = []
  let text = rest.trim()
  for (;;) {
    const match = /^--([a-z][a-z0-9-]*)(?:=((?:"[^"]*"|'[^']*'|\S)*))?(?:\s+|$)/.exec(text)
    if (!match) return { flags, text }
    flags.push([match[1]!, match[2] ?? 'true'])
    text = text.slice(match[0].length)
  }
}

/** A list of strings; anything else is a shell's command. */
export function jsonOf(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined
  try {
    const value: unknown = JSON.parse(text)
    const isStrings = Array.isArray(value) && value.every((it) => typeof it === 'string')
    return isStrings ? (value as string[]) : undefined
  } catch {
    return undefined // as Docker: then it is text
  }
}
