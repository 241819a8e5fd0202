import { expect, test } from 'vitest'
import { parseDockerfile } from './dockerfile.ts'

const read = (...lines: string[]) => parseDockerfile(lines.join('\n')).instructions

test('goes on over lines, comments and empty lines', () => {
  const [from, run] = read('FROM scratch', 'run echo a && \\  ', '  # not this', '', '  echo b')
  expect(from).toMatchObject({ name: 'FROM', line: 1, text: 'scratch' })
  expect(run).toMatchObject({ name: 'RUN', line: 2, text: 'echo a &&   echo b' })
})

test('directives only stand at the top', () => {
  const file = parseDockerfile('# syntax=docker/dockerfile:1\n# escape=`\nFROM a\nRUN x `\ny\\')
  expect(file).toMatchObject({ escape: '`', syntax: 'docker/dockerfile:1' })
  expect(file.instructions[1]!.text).toBe('x y\\')
  expect(parseDockerfile('# hello\n# escape=`\nFROM a').escape).toBe('\\')
  expect(() => parseDockerfile('# escape=x\nFROM a')).toThrow('invalid escape token')
})

test('flags, JSON forms and what only looks like one', () => {
  const [copy, command, other] = read(
    'COPY --from=build --chown=1:2 ["a b", "/c"]',
    'CMD ["sh", "-c"]',
    "CMD ['sh']",
  )
  expect(copy!.flags).toEqual([
    ['from', 'build'],
    ['chown', '1:2'],
  ])
  expect(copy!.json).toEqual(['a b', '/c'])
  expect(command!.json).toEqual(['sh', '-c'])
  expect(other).toMatchObject({ json: undefined, text: "['sh']" })
})

test('heredocs', () => {
  const [run, copy, last] = read(
    'RUN <<EOF cat <<-"TWO" > /x',
    'echo $a',
    'EOF',
    '\tin two',
    '\tTWO',
    'COPY <<a.txt /y/',
    'text',
    'a.txt',
    'CMD a <<b',
  )
  expect(run!.heredocs).toMatchObject([
    { name: 'EOF', isExpanded: true, body: 'echo $a\n' },
    { name: 'TWO', isExpanded: false, body: 'in two\n' },
  ])
  expect(copy!.heredocs[0]!.body).toBe('text\n')
  expect(last!.heredocs).toEqual([])
  expect(() => read('FROM a', 'RUN <<EOF', 'x')).toThrow('line 2: unterminated heredoc')
})

test('what it is not', () => {
  expect(() => read('FROM a', '', 'FETCH b')).toThrow(
    'dockerfile parse error on line 3: unknown instruction: FETCH',
  )
  expect(() => read('# only this')).toThrow('file with no instructions')
  expect(() => read('FROM')).toThrow('FROM requires at least one argument')
})
