import { createHash, generateKeyPairSync, sign, X509Certificate } from 'node:crypto'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { IAM } from '@aws-sdk/client-iam'
import { S3 } from '@aws-sdk/client-s3'
import { STS } from '@aws-sdk/client-sts'
import { SignedXml } from 'xml-crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../../tests/cloud-under-test.ts'
import { certificateFor } from '../../../../testing/certificate.ts'

// Making RSA keys takes long on a busy machine.
const KEYS_MS = 90_000

let cloud: CloudUnderTest
let iam: IAM
/** Without keys: a token is all one brings. */
let stranger: STS

beforeAll(async () => {
  cloud = await startCloud()
  iam = new IAM(cloud.config())
  stranger = new STS({
    ...cloud.config(),
    credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
    signer: { sign: async (request) => request },
  })
})
afterAll(() => cloud.stop())

const account = '000000000000'
const arnOf = (role: string) => `arn:aws:iam::${account}:role/${role}`

const trusting = (RoleName: string, provider: string, Action: string, equals: object) =>
  iam.createRole({
    RoleName,
    AssumeRolePolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Federated: provider },
          Action,
          Condition: { StringEquals: equals },
        },
      ],
    }),
  })

/** A provider of one's own: discovery, keys and tokens. */
async function startIssuer() {
  const { certificate, key } = certificateFor('localhost')
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = { ...pair.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' }
  const place: { issuer: string } = { issuer: '' }
  const server: Server = createServer({ cert: certificate, key }, (request, response) => {
    const isKeys = request.url === '/keys'
    const body = isKeys
      ? { keys: [jwk] }
      : { issuer: place.issuer, jwks_uri: `${place.issuer}/keys` }
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  place.issuer = `https://localhost:${(server.address() as AddressInfo).port}`
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return {
    issuer: place.issuer,
    thumbprint: createHash('sha1').update(new X509Certificate(certificate).raw).digest('hex'),
    token(claims: object) {
      const iat = Math.floor(Date.now() / 1000)
      const body = { iss: place.issuer, iat, exp: iat + 300, ...claims }
      const signed = `${part({ alg: 'RS256', kid: 'k1' })}.${part(body)}`
      return `${signed}.${sign('sha256', Buffer.from(signed), pair.privateKey).toString('base64url')}`
    },
    close: () => server.close(),
  }
}

describe('AssumeRoleWithWebIdentity', { timeout: KEYS_MS }, () => {
  it('believes a provider whose certificate has the thumbprint, and no other', async () => {
    const idp = await startIssuer()
    const place = idp.issuer.replace('https://', '')
    const create = (ThumbprintList: string[]) =>
      iam.createOpenIDConnectProvider({
        Url: idp.issuer,
        ClientIDList: ['sts.amazonaws.com'],
        ThumbprintList,
      })
    const { OpenIDConnectProviderArn: provider } = await create(['b'.repeat(40)])
    await trusting('from-ci', provider!, 'sts:AssumeRoleWithWebIdentity', {
      [`${place}:aud`]: 'sts.amazonaws.com',
      [`${place}:sub`]: 'repo:yard/shop:ref:refs/heads/main',
    })
    const take = (claims: object) =>
      stranger.assumeRoleWithWebIdentity({
        RoleArn: arnOf('from-ci'),
        RoleSessionName: 'ci',
        WebIdentityToken: idp.token(claims),
      })
    const good = { aud: 'sts.amazonaws.com', sub: 'repo:yard/shop:ref:refs/heads/main' }
    await expect(take(good)).rejects.toThrow("Couldn't retrieve verification key")
    await iam.updateOpenIDConnectProviderThumbprint({
      OpenIDConnectProviderArn: provider,
      ThumbprintList: [idp.thumbprint],
    })
    const taken = await take(good)
    expect(taken).toMatchObject({
      SubjectFromWebIdentityToken: good.sub,
      Audience: 'sts.amazonaws.com',
      Provider: provider,
      AssumedRoleUser: { Arn: `arn:aws:sts::${account}:assumed-role/from-ci/ci` },
    })
    await expect(take({ ...good, sub: 'repo:other' })).rejects.toMatchObject({
      name: 'AccessDenied',
      message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity',
    })
    await expect(take({ ...good, aud: 'x' })).rejects.toThrow('Incorrect token audience')
    await expect(take({ ...good, exp: 1000 })).rejects.toMatchObject({
      name: 'ExpiredTokenException',
    })
    const [head, , signature] = idp.token(good).split('.')
    const body = Buffer.from(
      JSON.stringify({ ...good, iss: idp.issuer, iat: 1, exp: 9e9 }),
    ).toString('base64url')
    const forged = stranger.assumeRoleWithWebIdentity({
      RoleArn: arnOf('from-ci'),
      RoleSessionName: 'ci',
      WebIdentityToken: `${head}.${body}.${signature}`,
    })
    await expect(forged).rejects.toMatchObject({ name: 'InvalidIdentityTokenException' })
    idp.close()
  })

  it('takes tokens of this cloud itself', async () => {
    const enabled = await iam.enableOutboundWebIdentityFederation({})
    const issuer = enabled.IssuerIdentifier!
    const place = issuer.replace('https://', '')
    const { OpenIDConnectProviderArn: provider } = await iam.createOpenIDConnectProvider({
      Url: issuer,
      ClientIDList: ['app'],
    })
    await trusting('inside', provider!, 'sts:AssumeRoleWithWebIdentity', {
      [`${place}:sub`]: `arn:aws:iam::${account}:root`,
    })
    await iam.attachRolePolicy({
      RoleName: 'inside',
      PolicyArn: 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess',
    })
    const { WebIdentityToken } = await new STS(cloud.config()).getWebIdentityToken({
      Audience: ['app'],
      SigningAlgorithm: 'ES384',
    })
    const { Credentials: keys } = await stranger.assumeRoleWithWebIdentity({
      RoleArn: arnOf('inside'),
      RoleSessionName: 'me',
      WebIdentityToken,
    })
    const session = cloud.config({
      accessKeyId: keys!.AccessKeyId!,
      secretAccessKey: keys!.SecretAccessKey!,
      sessionToken: keys!.SessionToken!,
    })
    expect(await new S3(session).listBuckets({})).toMatchObject({ Buckets: [] })
    const jwks = await fetch(`${cloud.url}/_madang/oidc/.well-known/jwks.json`)
    expect(await jwks.json()).toMatchObject({ keys: [{ kty: 'EC', alg: 'ES384' }] })
  })

  it('knows no provider but those of the account', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const token = `${part({ alg: 'RS256' })}.${part({ iss: 'https://idp.test', sub: 'a' })}.AAAA`
    const take = (WebIdentityToken: string) =>
      stranger.assumeRoleWithWebIdentity({
        RoleArn: arnOf('inside'),
        RoleSessionName: 'me',
        WebIdentityToken,
      })
    await expect(take(token)).rejects.toMatchObject({
      name: 'InvalidIdentityTokenException',
      message: 'No OpenIDConnect provider found in your account for https://idp.test',
    })
    await expect(take('nonsense')).rejects.toThrow('is not a valid JWT')
  })
})

const SAML = 'urn:oasis:names:tc:SAML:2.0'

function metadataOf(certificate: string): string {
  const body = certificate.replace(/-----[^-]+-----|\s/g, '')
  return `<EntityDescriptor xmlns="${SAML}:metadata" entityID="https://idp.test/saml"><IDPSSODescriptor protocolSupportEnumeration="${SAML}:protocol"><KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>${body}</X509Certificate></X509Data></KeyInfo></KeyDescriptor><SingleSignOnService Binding="${SAML}:bindings:HTTP-Redirect" Location="https://idp.test/login"/></IDPSSODescriptor></EntityDescriptor>`
}

function responseOf(given: {
  key: string
  role: string
  provider: string
  endsAt: number
}): string {
  const end = new Date(given.endsAt).toISOString()
  const attribute = (name: string, value: string) =>
    `<saml:Attribute Name="https://aws.amazon.com/SAML/Attributes/${name}"><saml:AttributeValue>${value}</saml:AttributeValue></saml:Attribute>`
  const assertion = `<saml:Assertion xmlns:saml="${SAML}:assertion" ID="_a1" Version="2.0" IssueInstant="${new Date().toISOString()}"><saml:Issuer>https://idp.test/saml</saml:Issuer><saml:Subject><saml:NameID Format="${SAML}:nameid-format:persistent">minji</saml:NameID><saml:SubjectConfirmation Method="${SAML}:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="${end}" Recipient="https://signin.aws.amazon.com/saml"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotOnOrAfter="${end}"><saml:AudienceRestriction><saml:Audience>urn:amazon:webservices</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AttributeStatement>${attribute('Role', `${given.role},${given.provider}`)}${attribute('RoleSessionName', 'minji@example.test')}</saml:AttributeStatement></saml:Assertion>`
  const xml = `<samlp:Response xmlns:samlp="${SAML}:protocol" ID="_r1" Version="2.0">${assertion}</samlp:Response>`
  const signer = new SignedXml({
    privateKey: given.key,
    signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: 'http://www.w3.org/2001/10/xml-exc-c14n#',
  })
  signer.addReference({
    xpath: "//*[local-name(.)='Assertion']",
    transforms: [
      'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
      'http://www.w3.org/2001/10/xml-exc-c14n#',
    ],
    digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
  })
  signer.computeSignature(xml, {
    location: {
      reference: "//*[local-name(.)='Assertion']/*[local-name(.)='Issuer']",
      action: 'after',
    },
  })
  return signer.getSignedXml()
}

describe('AssumeRoleWithSAML', { timeout: KEYS_MS }, () => {
  it('reads what the signature covers, and nothing else', async () => {
    const { certificate, key } = certificateFor('idp.test')
    const { SAMLProviderArn: provider } = await iam.createSAMLProvider({
      Name: 'office',
      SAMLMetadataDocument: metadataOf(certificate),
    })
    expect(await iam.getSAMLProvider({ SAMLProviderArn: provider })).toMatchObject({
      Tags: [],
      AssertionEncryptionMode: 'Allowed',
      PrivateKeyList: [],
    })
    await trusting('staff', provider!, 'sts:AssumeRoleWithSAML', {
      'SAML:aud': 'https://signin.aws.amazon.com/saml',
      'SAML:sub': 'minji',
    })
    const take = (xml: string) =>
      stranger.assumeRoleWithSAML({
        RoleArn: arnOf('staff'),
        PrincipalArn: provider,
        SAMLAssertion: Buffer.from(xml).toString('base64'),
      })
    const given = { key, role: arnOf('staff'), provider: provider!, endsAt: Date.now() + 300_000 }
    const good = responseOf(given)
    expect(await take(good)).toMatchObject({
      Subject: 'minji',
      SubjectType: 'persistent',
      Issuer: 'https://idp.test/saml',
      Audience: 'https://signin.aws.amazon.com/saml',
      AssumedRoleUser: { Arn: `arn:aws:sts::${account}:assumed-role/staff/minji@example.test` },
    })
    await expect(take(good.replace('>minji<', '>admin<'))).rejects.toMatchObject({
      name: 'InvalidIdentityTokenException',
      message: 'Response signature invalid',
    })
    const stolen = responseOf({ ...given, key: certificateFor('evil.test').key })
    await expect(take(stolen)).rejects.toThrow('Response signature invalid')
    await expect(take(responseOf({ ...given, endsAt: 1000 }))).rejects.toMatchObject({
      name: 'ExpiredTokenException',
    })
  })
})
