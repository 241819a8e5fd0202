import type { Annotation, Script, SourceFinding, Stmt } from './ast.ts'
import { duplicateFindings } from './duplicate-findings.ts'
import { Lexer } from './lexer.ts'
import { sandboxFindings } from './sandbox-findings.ts'
import { scopeFindings } from './scope-findings.ts'
import { StatementParser } from './statement-parser.ts'
import { SyntaxFailure } from './tokens.ts'
import { transformFindings } from './transform-findings.ts'

/** Jenkins shows every Pipeline script under this name. */
const DEFAULT_NAME = 'WorkflowScript'

/**
 * Parses a Groovy file. Never throws: `errors` holds the first syntax error (as Groovy 2.4, which
 * stops there), or the names that are declared twice, in Groovy's wording, with line and column
 * 1-based; `ast.body` is then empty.
 */
export function parseGroovy(
  source: string,
  fileName: string = DEFAULT_NAME,
): { ast: Script; errors: SourceFinding[] } {
  const ast: Script = { fileName, source, body: [], annotations: [] }
  try {
    const parser = new StatementParser(new Lexer(source).run(), source)
    const body = parser.file()
    const unsafe = sandboxFindings(body)
    if (unsafe.length > 0) return { ast, errors: unsafe }
    const refused = [...parser.findings, ...transformFindings(body)]
    const errors = [
      ...scopeFindings(body),
      ...refused.toSorted(inPlace),
      ...duplicateFindings(body, fileName),
    ]
    if (errors.length > 0) return { ast, errors }
    ast.body = body
    ast.annotations = body.flatMap(annotationsOf)
    return { ast, errors }
  } catch (error) {
    return { ast, errors: [findingOf(error)] }
  }
}

function inPlace(a: SourceFinding, b: SourceFinding): number {
  return a.line - b.line || a.column - b.column
}

function annotationsOf(stmt: Stmt): Annotation[] {
  return 'annotations' in stmt ? stmt.annotations : []
}

function findingOf(error: unknown): SourceFinding {
  if (error instanceof SyntaxFailure) {
    return { message: error.message, line: error.line, column: error.column }
  }
  // A full stack: the file nests deeper than this machine's stack, whatever the counted limit.
  if (error instanceof RangeError) return { message: 'nesting is too deep', line: 1, column: 1 }
  throw error
}
