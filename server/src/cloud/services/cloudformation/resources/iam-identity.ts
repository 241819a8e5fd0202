import type { Structure } from '../model.ts'
import { type Holder, holders, iamTags, pathOf, unlessNoEntity } from './iam-policies.ts'
import { document, text, texts } from './property.ts'
import { changes, makeOnce, type Providers, type ResourceContext } from './provider.ts'

const TAKEN = ['EntityAlreadyExists', 'EntityAlreadyExistsException']

function oidcArn({ account }: ResourceContext, url: string): string {
  return `arn:aws:iam::${account}:oidc-provider/${url.replace(/^https:\/\//, '').replace(/\/$/, '')}`
}

const providers: Providers = {
  'AWS::IAM::OIDCProvider': {
    properties: {
      ...changes('replace', 'Url'),
      ...changes('update', 'ClientIdList ThumbprintList Tags'),
    },
    attributes: ['Arn'],
    tagged: true,
    async create(context, properties) {
      const Url = text(properties['Url']) ?? ''
      const arn = oidcArn(context, Url)
      await makeOnce(context, arn, TAKEN, () =>
        context.aws.iam.createOpenIDConnectProvider({
          Url,
          ClientIDList: texts(properties['ClientIdList']),
          ThumbprintList: texts(properties['ThumbprintList']),
          Tags: iamTags(context, properties),
        }),
      )
      return { physicalId: arn, attributes: { Arn: arn } }
    },
    async update(context, arn, next, before) {
      const { iam } = context.aws
      const OpenIDConnectProviderArn = arn
      const ThumbprintList = texts(next['ThumbprintList'])
      await iam.updateOpenIDConnectProviderThumbprint({ OpenIDConnectProviderArn, ThumbprintList })
      const wanted = texts(next['ClientIdList'])
      for (const ClientID of wanted) {
        await iam.addClientIDToOpenIDConnectProvider({ OpenIDConnectProviderArn, ClientID })
      }
      for (const ClientID of texts(before['ClientIdList'])) {
        if (wanted.includes(ClientID)) continue
        await iam.removeClientIDFromOpenIDConnectProvider({ OpenIDConnectProviderArn, ClientID })
      }
      const Tags = iamTags(context, next)
      if (Tags.length > 0) await iam.tagOpenIDConnectProvider({ OpenIDConnectProviderArn, Tags })
      return { physicalId: arn, attributes: { Arn: arn } }
    },
    delete: (context, arn) =>
      unlessNoEntity(() =>
        context.aws.iam.deleteOpenIDConnectProvider({ OpenIDConnectProviderArn: arn }),
      ),
  },
  'AWS::IAM::SAMLProvider': {
    properties: {
      ...changes('replace', 'Name'),
      ...changes('update', 'SamlMetadataDocument Tags'),
    },
    required: ['SamlMetadataDocument'],
    attributes: ['Arn', 'SamlProviderUUID'],
    tagged: true,
    async create(context, properties) {
      const Name = text(properties['Name']) ?? context.physicalName(128)
      const arn = `arn:aws:iam::${context.account}:saml-provider/${Name}`
      await makeOnce(context, arn, TAKEN, () =>
        context.aws.iam.createSAMLProvider({
          Name,
          SAMLMetadataDocument: text(properties['SamlMetadataDocument']),
          Tags: iamTags(context, properties),
        }),
      )
      return samlOutcome(context, arn)
    },
    async update(context, SAMLProviderArn, next) {
      const SAMLMetadataDocument = text(next['SamlMetadataDocument'])
      await context.aws.iam.updateSAMLProvider({ SAMLProviderArn, SAMLMetadataDocument })
      const Tags = iamTags(context, next)
      if (Tags.length > 0) await context.aws.iam.tagSAMLProvider({ SAMLProviderArn, Tags })
      return samlOutcome(context, SAMLProviderArn)
    },
    delete: (context, arn) =>
      unlessNoEntity(() => context.aws.iam.deleteSAMLProvider({ SAMLProviderArn: arn })),
  },
}

async function samlOutcome(context: ResourceContext, arn: string) {
  const { SAMLProviderUUID } = await context.aws.iam.getSAMLProvider({ SAMLProviderArn: arn })
  return { physicalId: arn, attributes: { Arn: arn, SamlProviderUUID: SAMLProviderUUID ?? '' } }
}

const linkedRoles: Providers = {
  'AWS::IAM::ServiceLinkedRole': {
    properties: {
      ...changes('replace', 'AWSServiceName CustomSuffix'),
      ...changes('update', 'Description'),
    },
    attributes: ['RoleName'],
    async create(context, properties) {
      if (context.physicalId) return roleOutcome(context.physicalId)
      const { Role } = await context.aws.iam.createServiceLinkedRole({
        AWSServiceName: text(properties['AWSServiceName']),
        CustomSuffix: text(properties['CustomSuffix']),
        Description: text(properties['Description']),
      })
      const name = Role?.RoleName ?? ''
      await context.made(name)
      return roleOutcome(name)
    },
    async update(context, RoleName, next) {
      const Description = text(next['Description']) ?? ''
      await context.aws.iam.updateRoleDescription({ RoleName, Description })
      return roleOutcome(RoleName)
    },
    delete: (context, RoleName) =>
      unlessNoEntity(() => context.aws.iam.deleteServiceLinkedRole({ RoleName })),
  },
}

const roleOutcome = (name: string) => ({ physicalId: name, attributes: { RoleName: name } })

const certificates: Providers = {
  'AWS::IAM::ServerCertificate': {
    properties: {
      ...changes('replace', 'CertificateBody CertificateChain PrivateKey ServerCertificateName'),
      ...changes('update', 'Path Tags'),
    },
    attributes: ['Arn'],
    tagged: true,
    async create(context, properties) {
      const name = text(properties['ServerCertificateName']) ?? context.physicalName(128)
      await makeOnce(context, name, TAKEN, () =>
        context.aws.iam.uploadServerCertificate({
          ServerCertificateName: name,
          Path: pathOf(properties['Path']),
          CertificateBody: text(properties['CertificateBody']),
          CertificateChain: text(properties['CertificateChain']),
          PrivateKey: text(properties['PrivateKey']),
          Tags: iamTags(context, properties),
        }),
      )
      return certificateOutcome(context, name)
    },
    async update(context, name, next) {
      const [ServerCertificateName, NewPath] = [name, pathOf(next['Path'])]
      await context.aws.iam.updateServerCertificate({ ServerCertificateName, NewPath })
      const Tags = iamTags(context, next)
      if (Tags.length > 0)
        await context.aws.iam.tagServerCertificate({ ServerCertificateName, Tags })
      return certificateOutcome(context, name)
    },
    delete: (context, name) =>
      unlessNoEntity(() =>
        context.aws.iam.deleteServerCertificate({ ServerCertificateName: name }),
      ),
  },
}

async function certificateOutcome({ aws }: ResourceContext, ServerCertificateName: string) {
  const { ServerCertificate } = await aws.iam.getServerCertificate({ ServerCertificateName })
  const Arn = ServerCertificate?.ServerCertificateMetadata?.Arn ?? ''
  return { physicalId: ServerCertificateName, attributes: { Arn } }
}

/** `AWS::IAM::RolePolicy` and its like: one inline policy of one holder. */
function inlinePolicy(member: string, holder: Holder): Providers[string] {
  const put = async (context: ResourceContext, properties: Structure) => {
    const [of, name] = [String(properties[member]), String(properties['PolicyName'])]
    await holder.put(context.aws.iam, of, name, document(properties['PolicyDocument']))
    return { physicalId: `${name}|${of}`, attributes: {} }
  }
  return {
    properties: {
      ...changes('replace', member),
      ...changes('replace', 'PolicyName'),
      ...changes('update', 'PolicyDocument'),
    },
    required: [member, 'PolicyName'],
    attributes: [],
    create: put,
    update: (context, _id, next) => put(context, next),
    delete: (context, id) => {
      const [name = '', of = ''] = id.split('|')
      return unlessNoEntity(() => holder.drop(context.aws.iam, of, name))
    },
  }
}

const additions: Providers = {
  'AWS::IAM::UserToGroupAddition': {
    properties: { ...changes('replace', 'GroupName'), ...changes('update', 'Users') },
    required: ['GroupName', 'Users'],
    attributes: [],
    create: (context, properties) => carryUsers(context, properties, {}),
    update: (context, _id, next, before) => carryUsers(context, next, before),
    async delete(context, _id, properties) {
      await carryUsers(context, { ...properties, Users: [] }, properties)
    },
  },
}

async function carryUsers(context: ResourceContext, next: Structure, before: Structure) {
  const GroupName = String(next['GroupName'])
  const { iam } = context.aws
  const wanted = texts(next['Users'])
  for (const UserName of wanted) await iam.addUserToGroup({ GroupName, UserName })
  for (const UserName of texts(before['Users'])) {
    if (wanted.includes(UserName)) continue
    await unlessNoEntity(() => iam.removeUserFromGroup({ GroupName, UserName }))
  }
  return {
    physicalId: context.physicalId ?? `${context.stackName}-${context.logicalId}`,
    attributes: {},
  }
}

export const iamIdentityProviders: Providers = {
  ...providers,
  ...linkedRoles,
  ...certificates,
  ...additions,
  'AWS::IAM::RolePolicy': inlinePolicy('RoleName', holders.role),
  'AWS::IAM::UserPolicy': inlinePolicy('UserName', holders.user),
  'AWS::IAM::GroupPolicy': inlinePolicy('GroupName', holders.group),
}
