import { AwsError, type CloudFormation, type Operations } from '../../../gateway/index.ts'
import { readText } from '../engine/index.ts'
import {
  neededCapabilities,
  parameterValues,
  parseTemplate,
  readParameters,
  transformsOf,
} from '../template/index.ts'
import { existingStack, type In, type Parts } from './parts.ts'
import { templateText } from './request.ts'
import type { RequestContext } from '../../../gateway/index.ts'

export function templateOperations(parts: Parts) {
  return {
    async GetTemplate(input, ctx) {
      const { templateText: text, parameters } = await templateSource(parts, ctx, input)
      const StagesAvailable = ['Original' as const, 'Processed' as const]
      if (input.TemplateStage !== 'Processed') return { TemplateBody: text, StagesAvailable }
      const declared = readParameters(parseTemplate(text))
      const { processed, raw } = readText(text, parameterValues(declared, parameters))
      const isSame = transformsOf(raw).length === 0
      return { TemplateBody: isSame ? text : JSON.stringify(processed), StagesAvailable }
    },

    async GetTemplateSummary(input, ctx) {
      const text =
        input.StackName === undefined
          ? await templateText(ctx, input)
          : (await existingStack(parts, ctx, input.StackName)).templateText
      const { template, raw } = readText(text)
      const resources = Object.values(template.resources)
      return {
        Description: template.description,
        Metadata: template.metadata === undefined ? undefined : JSON.stringify(template.metadata),
        Version: versionOf(raw),
        DeclaredTransforms: transformsOf(raw),
        ResourceTypes: [...new Set(resources.map((resource) => resource.type))],
        Parameters: Object.entries(template.parameters).map(([key, parameter]) => ({
          ParameterKey: key,
          ParameterType: parameter.type,
          DefaultValue: parameter.default,
          NoEcho: parameter.noEcho,
          Description: parameter.description,
          ParameterConstraints: { AllowedValues: parameter.allowedValues ?? [] },
        })),
        ...capabilitiesOf(readText(text)),
      }
    },

    async ValidateTemplate(input, ctx) {
      const text = await templateText(ctx, input)
      const read = readText(text)
      return {
        Description: read.template.description,
        DeclaredTransforms: transformsOf(read.raw),
        Parameters: Object.entries(read.template.parameters).map(([key, parameter]) => ({
          ParameterKey: key,
          DefaultValue: parameter.default,
          NoEcho: parameter.noEcho,
          Description: parameter.description,
        })),
        ...capabilitiesOf(read),
      }
    },
  } satisfies Operations<CloudFormation>
}

async function templateSource(parts: Parts, ctx: RequestContext, input: In<'GetTemplate'>) {
  if (input.ChangeSetName === undefined) return existingStack(parts, ctx, input.StackName)
  const name = input.ChangeSetName
  const changeSet = name.startsWith('arn:')
    ? await parts.stacks.changeSet({ id: name })
    : await parts.stacks.changeSet({
        stackId: (await existingStack(parts, ctx, input.StackName)).stackId,
        name,
      })
  if (!changeSet) {
    throw new AwsError('ChangeSetNotFoundException', `ChangeSet [${name}] does not exist`, {
      status: 404,
    })
  }
  return changeSet.input
}

function versionOf(raw: Record<string, unknown>): string {
  return String(raw['AWSTemplateFormatVersion'] ?? '2010-09-09')
}

function capabilitiesOf({ template, raw }: ReturnType<typeof readText>) {
  const needed = neededCapabilities(template)
  const expands = transformsOf(raw).some((name) => name !== 'AWS::LanguageExtensions')
  const all = [...needed.capabilities, ...(expands ? ['CAPABILITY_AUTO_EXPAND'] : [])]
  if (all.length === 0) return {}
  return {
    Capabilities: all as 'CAPABILITY_IAM'[],
    CapabilitiesReason: `The following resource(s) require capabilities: [${[...needed.types, ...(expands ? transformsOf(raw) : [])].join(', ')}]`,
  }
}
