import { z } from 'zod'
import { UnreadableReport } from './elements.ts'
import type { Issue, Severity } from './issues.ts'

const region = z.object({ startLine: z.number().optional(), startColumn: z.number().optional() })
const location = z.object({
  physicalLocation: z
    .object({
      artifactLocation: z.object({ uri: z.string().optional() }).optional(),
      region: region.optional(),
    })
    .optional(),
})
const result = z.object({
  ruleId: z.string().optional(),
  level: z.string().optional(),
  message: z.object({ text: z.string().optional(), markdown: z.string().optional() }),
  locations: z.array(location).optional(),
})
const sarif = z.object({ runs: z.array(z.object({ results: z.array(result).nullish() })) })

const severities: Record<string, Severity> = { error: 'error', warning: 'normal', note: 'low' }

/** SARIF 2.1: what many scanners write. */
export function readSarif(text: string): Issue[] {
  const read = sarif.safeParse(json(text))
  if (!read.success) throw new UnreadableReport('it is not SARIF: it has no list of runs')
  return read.data.runs
    .flatMap(({ results }) => results ?? [])
    .filter(({ level }) => level !== 'none')
    .map(({ ruleId = '', level = 'warning', message, locations }) => {
      const place = locations?.[0]?.physicalLocation
      return {
        file: (place?.artifactLocation?.uri ?? '').replace(/^file:\/\//, ''),
        line: place?.region?.startLine ?? 0,
        column: place?.region?.startColumn ?? 0,
        severity: severities[level] ?? 'normal',
        type: ruleId,
        category: '',
        message: message.text ?? message.markdown ?? '',
      }
    })
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UnreadableReport((error as Error).message)
  }
}
