import { SaxesParser, type SaxesTagPlain } from 'saxes'

export interface TestCase {
  suite: string
  className: string
  name: string
  status: 'passed' | 'failed' | 'skipped'
  durationMs: number
  message: string | null
  stackTrace: string | null
  output: string | null
}

const LONGEST_TEXT = 64 * 1024

/**
 * Reads a JUnit XML report: `testsuites` or `testsuite` at the root, suites nested as deep as they
 * like. Throws when it is not well-formed.
 */
export function readJunit(xml: string): TestCase[] {
  const reader = new JunitReader()
  const parser = new SaxesParser({ xmlns: false })
  parser.on('error', (problem) => {
    throw problem
  })
  parser.on('opentag', (tag) => reader.open(tag))
  parser.on('text', (text) => reader.text(text))
  parser.on('cdata', (text) => reader.text(text))
  parser.on('closetag', (tag) => reader.close(tag.name))
  parser.write(xml).close()
  return reader.cases
}

class JunitReader {
  readonly cases: TestCase[] = []
  readonly #suites: string[] = []
  #case: TestCase | undefined
  #text = ''

  open({ name, attributes }: SaxesTagPlain): void {
    this.#text = ''
    if (name === 'testsuite' || name === 'testsuites') {
      this.#suites.push(attributes['name'] ?? '')
    } else if (name === 'testcase') this.#case = this.#begin(attributes)
    else if (this.#case) this.#verdict(this.#case, name, attributes['message'] ?? null)
  }

  #begin(attributes: Record<string, string>): TestCase {
    const suite = this.#suites.at(-1) ?? ''
    return {
      suite,
      className: attributes['classname'] ?? suite,
      name: attributes['name'] ?? '',
      status: 'passed',
      durationMs: Math.round(Number(attributes['time']?.replaceAll(',', '') ?? 0) * 1000) || 0,
      message: null,
      stackTrace: null,
      output: null,
    }
  }

  #verdict(test: TestCase, tag: string, message: string | null): void {
    if (tag === 'failure' || tag === 'error') test.status = 'failed'
    else if (tag === 'skipped') test.status = 'skipped'
    else return
    test.message ??= message
  }

  text(text: string): void {
    if (this.#case && this.#text.length < LONGEST_TEXT) this.#text += text
  }

  close(name: string): void {
    if (name === 'testsuite' || name === 'testsuites') this.#suites.pop()
    const test = this.#case
    if (!test) return
    const text = this.#text.slice(0, LONGEST_TEXT)
    this.#text = ''
    if (name === 'failure' || name === 'error') test.stackTrace ??= text.trim() || null
    if (name === 'skipped' && text.trim() !== '') test.message ??= text.trim()
    if (name === 'system-out' || name === 'system-err') test.output = (test.output ?? '') + text
    if (name !== 'testcase') return
    this.cases.push(test)
    this.#case = undefined
  }
}
