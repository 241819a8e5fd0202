import { createHash } from 'node:crypto'
import { DOMParser } from '@xmldom/xmldom'
import { SaxesParser } from 'saxes'
import { SignedXml } from 'xml-crypto'
import { AwsError } from '../../gateway/index.ts'
import type { SamlTrust } from './authority.ts'
import { badToken } from './web-token.ts'

/** What a verified assertion says. */
export interface SamlStatement {
  subject: string
  /** `persistent`, `transient` or the format's URI. */
  subjectType: string
  issuer: string
  audience: string
  nameQualifier: string
  sessionName: string
  durationS: number | undefined
  tags: { Key: string; Value: string }[]
  transitive: string[]
  /** For the trust policy's conditions. */
  values: Record<string, string[]>
}

const ATTRIBUTES = 'https://aws.amazon.com/SAML/Attributes/'
const DSIG = 'http://www.w3.org/2000/09/xmldsig#'
const ASSERTION = 'urn:oasis:names:tc:SAML:2.0:assertion'
const SKEW_MS = 5 * 60_000

// xml-crypto's types want the browser's Node; it reads any DOM's.
type SignatureNode = Parameters<SignedXml['loadSignature']>[0]

interface Asked {
  RoleArn?: string | undefined
  PrincipalArn?: string | undefined
}

/** Verifies a response by the provider's certificates; reads only what the signature covers. */
export function readSaml(
  encoded: string,
  provider: SamlTrust | undefined,
  { RoleArn: role = '', PrincipalArn: principal = '' }: Asked,
  nowMs: number,
): SamlStatement {
  if (!provider) throw badToken("Specified provider doesn't exist")
  const xml = Buffer.from(encoded, 'base64').toString()
  const signed = signedPart(xml, provider)
  if (signed === undefined) throw badToken('Response signature invalid')
  const said = readAssertion(signed)
  if (said.issuer !== provider.entityId) throw badToken('Issuer not present in specified provider')
  checkTimes(said, nowMs)
  const roles = said.attributes.get(`${ATTRIBUTES}Role`) ?? []
  const isGiven = roles.some((pair) => {
    const parts = pair.split(',').map((part) => part.trim())
    return parts.includes(role) && parts.includes(principal)
  })
  if (!isGiven) {
    throw new AwsError('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithSAML', {
      status: 403,
    })
  }
  return statementOf(said, provider)
}

/** The canonical text that was signed, or undefined where no certificate of the provider fits. */
function signedPart(xml: string, { signingCertificates }: SamlTrust): string | undefined {
  try {
    const document = new DOMParser().parseFromString(xml, 'text/xml')
    const signature = document.getElementsByTagNameNS(DSIG, 'Signature')[0]
    if (!signature) return undefined
    for (const certificate of signingCertificates) {
      const lines = certificate.match(/.{1,64}/g)?.join('\n') ?? ''
      const pem = `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
      const check = new SignedXml({ publicCert: pem })
      // A certificate inside the document proves nothing.
      check.getCertFromKeyInfo = () => null
      check.loadSignature(signature as unknown as SignatureNode)
      if (check.checkSignature(xml)) {
        const parts = check.getSignedReferences()
        return parts.length === 1 ? parts[0] : undefined
      }
    }
    return undefined
  } catch {
    // Malformed XML and malformed signatures are thrown as errors of many kinds.
    return undefined
  }
}

interface ReadAssertion {
  issuer: string
  subject: string
  format: string
  audience: string
  recipient: string
  notBefore: number | undefined
  notAfter: number[]
  attributes: Map<string, string[]>
}

function readAssertion(xml: string): ReadAssertion {
  const parser = new SaxesParser({ xmlns: true })
  const said: ReadAssertion = {
    issuer: '',
    subject: '',
    format: '',
    audience: '',
    recipient: '',
    notBefore: undefined,
    notAfter: [],
    attributes: new Map(),
  }
  let text = ''
  let attribute = ''
  parser.on('opentag', ({ uri, local, attributes }) => {
    text = ''
    if (uri !== ASSERTION) return
    const value = (name: string) => attributes[name]?.value
    if (local === 'Attribute') attribute = value('Name') ?? ''
    if (local === 'NameID') said.format = value('Format') ?? ''
    if (local === 'SubjectConfirmationData') said.recipient = value('Recipient') ?? ''
    if (local === 'Conditions') said.notBefore = moment(value('NotBefore'))
    const end = moment(value('NotOnOrAfter'))
    if (end !== undefined) said.notAfter.push(end)
  })
  parser.on('text', (piece) => (text += piece))
  parser.on('closetag', ({ uri, local }) => {
    if (uri !== ASSERTION) return
    const found = text.trim()
    if (local === 'Issuer') said.issuer = found
    if (local === 'NameID') said.subject = found
    if (local === 'Audience') said.audience = found
    if (local === 'AttributeValue') {
      said.attributes.set(attribute, [...(said.attributes.get(attribute) ?? []), found])
    }
  })
  parser.write(xml).close()
  return said
}

function moment(text: string | undefined): number | undefined {
  const ms = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(ms) ? undefined : ms
}

function checkTimes({ notBefore, notAfter }: ReadAssertion, nowMs: number): void {
  if (notBefore !== undefined && nowMs + SKEW_MS < notBefore) {
    throw badToken('Token must not be used before its NotBefore date')
  }
  const end = Math.min(...notAfter)
  if (nowMs < end) return
  const [current, expiry] = [nowMs, end].map((ms) => new Date(ms).toISOString())
  throw new AwsError(
    'ExpiredTokenException',
    `Token must be redeemed within 5 minutes of issuance: current date/time ${current} must be before the expiration date/time ${expiry}`,
    { status: 400 },
  )
}

function statementOf(said: ReadAssertion, provider: SamlTrust): SamlStatement {
  const first = (name: string) => said.attributes.get(ATTRIBUTES + name)?.[0]
  const sessionName = first('RoleSessionName')
  if (!sessionName) throw badToken('RoleSessionName is required in AuthnResponse')
  const account = provider.arn.split(':')[4]!
  const nameQualifier = createHash('sha1')
    .update(`${said.issuer}${account}/${provider.name}`)
    .digest('base64')
  const format = said.format.split(':').at(-1) ?? ''
  const subjectType = /^(?:persistent|transient)$/.test(format) ? format : said.format
  const duration = Number(first('SessionDuration'))
  const tags = [...said.attributes].flatMap(([name, [value = '']]) =>
    name.startsWith(`${ATTRIBUTES}PrincipalTag:`)
      ? [{ Key: name.slice(ATTRIBUTES.length + 'PrincipalTag:'.length), Value: value }]
      : [],
  )
  return {
    subject: said.subject,
    subjectType,
    issuer: said.issuer,
    audience: said.recipient || said.audience,
    nameQualifier,
    sessionName,
    durationS: Number.isInteger(duration) && duration > 0 ? duration : undefined,
    tags,
    transitive: said.attributes.get(`${ATTRIBUTES}TransitiveTagKeys`) ?? [],
    values: {
      'saml:aud': [said.recipient || said.audience],
      'saml:iss': [said.issuer],
      'saml:sub': [said.subject],
      'saml:sub_type': [subjectType],
      'saml:namequalifier': [nameQualifier],
      'saml:doc': [`${account}/${provider.name}`],
    },
  }
}
