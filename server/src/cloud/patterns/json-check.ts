import type { SourceStyle } from './fault.ts'
import { JsonTokens } from './json-tokens.ts'

/** Throws PatternFault, in Jackson's words, for what is no JSON. */
export function checkJson(text: string, style: SourceStyle): void {
  const tokens = new JsonTokens(text, style)
  while (tokens.next().kind !== 'end');
}
