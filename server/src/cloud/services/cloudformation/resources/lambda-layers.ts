import { zipContent } from './lambda-code.ts'
import { structure, text, texts } from './property.ts'
import { changes, hasCode, type Providers, unlessGone } from './provider.ts'

const GONE = ['ResourceNotFoundException']

/** `arn:…:layer:name:3` */
const parts = (arn: string) => ({
  LayerName: arn.slice(0, arn.lastIndexOf(':')),
  VersionNumber: Number(arn.slice(arn.lastIndexOf(':') + 1)),
})

export const lambdaLayerProviders: Providers = {
  'AWS::Lambda::LayerVersion': {
    properties: changes(
      'replace',
      'CompatibleArchitectures CompatibleRuntimes Content Description LayerName LicenseInfo',
    ),
    required: ['Content'],
    attributes: ['LayerVersionArn'],
    async create(context, properties) {
      let arn = context.physicalId
      if (arn === undefined) {
        const given = (name: string) =>
          properties[name] === undefined ? undefined : texts(properties[name])
        const made = await context.aws.lambda.publishLayerVersion({
          LayerName: text(properties['LayerName']) ?? context.physicalName(140),
          Content: zipContent(structure(properties['Content'])),
          Description: text(properties['Description']),
          LicenseInfo: text(properties['LicenseInfo']),
          CompatibleArchitectures: given('CompatibleArchitectures') as 'arm64'[] | undefined,
          CompatibleRuntimes: given('CompatibleRuntimes') as 'nodejs'[] | undefined,
        })
        arn = made.LayerVersionArn!
        await context.made(arn)
      }
      return { physicalId: arn, attributes: { LayerVersionArn: arn } }
    },
    async delete({ aws }, arn) {
      await unlessGone(GONE, () => aws.lambda.deleteLayerVersion(parts(arn)))
    },
  },
  'AWS::Lambda::LayerVersionPermission': {
    properties: changes('replace', 'Action LayerVersionArn OrganizationId Principal'),
    required: ['Action', 'LayerVersionArn', 'Principal'],
    attributes: ['Id'],
    async create(context, properties) {
      const arn = text(properties['LayerVersionArn'])!
      const StatementId = context.physicalName(100)
      try {
        await context.aws.lambda.addLayerVersionPermission({
          ...parts(arn),
          StatementId,
          Action: text(properties['Action']),
          Principal: text(properties['Principal']),
          OrganizationId: text(properties['OrganizationId']),
        })
      } catch (error) {
        if (!context.resumed || !hasCode(error, ['ResourceConflictException'])) throw error
      }
      const id = `${arn}#${StatementId}`
      return { physicalId: id, attributes: { Id: id } }
    },
    async delete({ aws }, id) {
      const [arn = '', StatementId] = id.split('#')
      await unlessGone(GONE, () =>
        aws.lambda.removeLayerVersionPermission({ ...parts(arn), StatementId }),
      )
    },
  },
}
