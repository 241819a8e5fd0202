import type { Operations, S3 } from '../../gateway/index.ts'
import { isToken } from './cors.ts'
import type { S3Parts } from './parts.ts'
import { invalidRequest, malformedXml } from './refusals.ts'
import type { CORSRule } from './sdk-shapes.ts'
import { settingsOf } from './setting-access.ts'

const methods = new Set(['GET', 'PUT', 'HEAD', 'POST', 'DELETE'])
const MOST_RULES = 100

export function corsOperations(parts: S3Parts) {
  const settings = settingsOf(parts)
  return {
    GetBucketCors: (input) => ({
      CORSRules: settings.get(input, 'cors', [
        'NoSuchCORSConfiguration',
        'The CORS configuration does not exist',
      ]),
    }),
    PutBucketCors(input) {
      settings.bucket(input)
      const cors = input.CORSConfiguration?.CORSRules ?? []
      if (cors.length === 0) throw malformedXml()
      if (cors.length > MOST_RULES) {
        throw invalidRequest(
          `The number of CORS rules should not exceed allowed limit of ${MOST_RULES} rules.`,
        )
      }
      for (const rule of cors) checkRule(rule)
      return settings.put(input, { cors })
    },
    DeleteBucketCors: (input) => settings.put(input, { cors: undefined }),
  } satisfies Operations<S3>
}

function checkRule(rule: CORSRule): void {
  const { AllowedMethods = [], AllowedOrigins = [], AllowedHeaders = [], ExposeHeaders = [] } = rule
  if (AllowedMethods.length === 0 || AllowedOrigins.length === 0) throw malformedXml()
  const wrong = AllowedMethods.find((method) => !methods.has(method))
  if (wrong !== undefined) {
    throw invalidRequest(
      `Found unsupported HTTP method in CORS config. Unsupported method is ${wrong}`,
    )
  }
  checkWildcards('AllowedOrigin', AllowedOrigins)
  checkWildcards('AllowedHeader', AllowedHeaders)
  // The same words for both lists.
  const invalid = [...AllowedHeaders, ...ExposeHeaders].find((name) => !isToken(name))
  if (invalid !== undefined) {
    throw invalidRequest(`AllowedHeader "${invalid}" contains invalid character.`)
  }
  const exposed = ExposeHeaders.find((name) => name.includes('*'))
  if (exposed !== undefined) {
    throw invalidRequest(
      `ExposeHeader "${exposed}" contains wildcard. We currently do not support wildcard for ExposeHeader.`,
    )
  }
}

function checkWildcards(member: string, values: string[]): void {
  const wrong = values.find((value) => value.split('*').length > 2)
  if (wrong !== undefined) {
    throw invalidRequest(`${member} "${wrong}" can not have more than one wildcard.`)
  }
}
