import type { Annotation, SourceFinding, Stmt } from './ast.ts'

// What the sandbox refuses while it compiles: the compiler breaks off with it, and shows no line.

/** Annotations that run, or fetch, while a script is compiled. */
const BLOCKED = new Set([
  'ASTTest',
  'AnnotationCollector',
  'Grab',
  'GrabConfig',
  'GrabExclude',
  'GrabResolver',
  'Grapes',
])

export function sandboxFindings(body: readonly Stmt[]): SourceFinding[] {
  const blocked = annotationsIn(body).find(({ name }) => BLOCKED.has(name.split('.').at(-1)!))
  if (blocked) {
    return [general('conversion', `Annotation ${blocked.name} cannot be used in the sandbox.`)]
  }
  const hasFinalizer = body.some(
    (stmt) => stmt.kind === 'class' && stmt.methods.some(({ name }) => name === 'finalize'),
  )
  const text = 'Sandboxed code may not override Object.finalize()'
  return hasFinalizer ? [general('canonicalization', text)] : []
}

const general = (phase: string, text: string): SourceFinding => ({
  message: `General error during ${phase}: ${text}\n\njava.lang.SecurityException: ${text}`,
  line: 0,
  column: 0,
})

function annotationsIn(body: readonly Stmt[]): Annotation[] {
  return body.flatMap((stmt) => {
    if (stmt.kind === 'import') {
      return [
        { name: stmt.name, args: [], pos: stmt.pos },
        ...('annotations' in stmt ? stmt.annotations : []),
      ]
    }
    return 'annotations' in stmt ? stmt.annotations : []
  })
}
