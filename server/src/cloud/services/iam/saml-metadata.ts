import { SaxesParser } from 'saxes'

/** What IAM and STS need of an identity provider's metadata document. */
export interface SamlMetadata {
  entityId: string
  validUntilMs: number | undefined
  /** Base64 of the DER form, as the document has them. */
  signingCertificates: string[]
}

const METADATA = 'urn:oasis:names:tc:SAML:2.0:metadata'
const DSIG = 'http://www.w3.org/2000/09/xmldsig#'

/** Reads an EntityDescriptor with an IDPSSODescriptor; undefined when the text isn't one. */
export function parseSamlMetadata(xml: string): SamlMetadata | undefined {
  const parser = new SaxesParser({ xmlns: true })
  const found: SamlMetadata = { entityId: '', validUntilMs: undefined, signingCertificates: [] }
  let isIdp = false
  let use = ''
  let text: string | undefined
  parser.on('opentag', ({ uri, local, attributes }) => {
    const value = (name: string) => attributes[name]?.value
    if (uri === METADATA && local === 'EntityDescriptor') {
      found.entityId = value('entityID') ?? ''
      found.validUntilMs = momentOf(value('validUntil'))
    } else if (uri === METADATA && local === 'IDPSSODescriptor') {
      isIdp = true
      found.validUntilMs ??= momentOf(value('validUntil'))
    } else if (uri === METADATA && local === 'KeyDescriptor') use = value('use') ?? 'signing'
    else if (uri === DSIG && local === 'X509Certificate') text = ''
  })
  parser.on('text', (piece) => {
    if (text !== undefined) text += piece
  })
  parser.on('closetag', ({ uri, local }) => {
    if (uri !== DSIG || local !== 'X509Certificate' || text === undefined) return
    if (use === 'signing') found.signingCertificates.push(text.replace(/\s+/g, ''))
    text = undefined
  })
  let isBroken = false
  parser.on('error', () => (isBroken = true))
  parser.write(xml).close()
  return isBroken || !isIdp || found.entityId === '' ? undefined : found
}

function momentOf(text: string | undefined): number | undefined {
  const ms = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(ms) ? undefined : ms
}
