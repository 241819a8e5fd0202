import { endpoint } from './endpoint.ts'
import { defineErrors } from './errors.ts'
import { pageOf, paging } from './paging.ts'
import { type Infer, z } from './schema.ts'

const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true')

/** A file that holds what was looked for, with its first lines that do. */
export const codeHit = z.object({
  project: z.string(),
  repo: z.string(),
  /** The default branch it was found on, and the commit of it that the index knows. */
  ref: z.string(),
  sha: z.string(),
  path: z.string(),
  /** Page of the file at its first line found. */
  url: z.string(),
  lines: z.array(
    z.object({
      number: z.number(),
      text: z.string(),
      /** What to highlight in `text`: `[start, end)` in UTF-16 units. */
      ranges: z.array(z.tuple([z.number(), z.number()])),
    }),
  ),
  /** More lines of this file hold it than are listed. */
  hasMoreLines: z.boolean(),
})
export type CodeHit = Infer<typeof codeHit>

/** Search in the files of the default branches. */
export const codeSearchEndpoints = {
  codeSearch: endpoint({
    method: 'GET',
    path: '/api/search/code',
    access: 'signedIn',
    query: z.object({
      /** Text as it stands there, in one line; with `regex` a POSIX extended expression. */
      q: z.string().min(1).max(500),
      project: z.string().optional(),
      repo: z.string().optional(),
      /** A part of the file's path, or a glob (`*` stays in its folder): `src/*.ts`. */
      path: z.string().max(500).optional(),
      regex: flag,
      matchCase: flag,
      ...paging,
    }),
    result: pageOf(codeHit).extend({
      /** The search ended early: it took too long, and there may be more. */
      truncated: z.boolean(),
      /** Repositories (`GB/guestbook`) whose index lacks the newest push; it is on its way. */
      behind: z.array(z.string()),
    }),
  }),
}

/** What the search of code may refuse. */
export const codeSearchErrors = defineErrors({
  searchTooShort: {
    status: 400,
    en: 'Look for at least three letters, or one Korean syllable.',
    ko: '영문 세 글자 이상 또는 한글 한 글자 이상을 입력하세요.',
  },
  searchTooBroad: {
    status: 400,
    en: 'The expression needs three letters in a row (or one Korean syllable) that each match has to hold.',
    ko: '정규식에는 반드시 일치해야 하는 연속된 영문 세 글자(또는 한글 한 글자)가 있어야 합니다.',
  },
  searchPatternInvalid: {
    status: 400,
    en: 'The expression is not valid: {reason}.',
    ko: '정규식이 올바르지 않습니다: {reason}.',
  },
})
