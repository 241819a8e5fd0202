import { type CloudStack, type CloudStackDetail, cloudConsoleEndpoints as api } from '@madang/api'
import { type Route, route } from '../../kernel/index.ts'
import type { Aws, CloudFormation, Output } from '../gateway/index.ts'
import { answered } from './answered.ts'
import type { ConsoleParts } from './parts.ts'

type Stack = NonNullable<Output<CloudFormation, 'DescribeStacks'>['Stacks']>[number]

export function cloudFormationRoutes({ aws }: ConsoleParts): Route[] {
  return [
    route(api.cloudStackList, async ({ query }) => {
      const input = { NextToken: query.cursor }
      const page = await answered(aws(query.region).cloudformation.describeStacks(input))
      return { items: (page.Stacks ?? []).map(present), nextCursor: page.NextToken }
    }),
    route(api.cloudStackGet, ({ params, query }) =>
      answered(stackDetail(aws(query.region), params.stack)),
    ),
    route(api.cloudStackEventList, async ({ params, query }) => {
      const input = { StackName: params.stack, NextToken: query.cursor }
      const page = await answered(aws(query.region).cloudformation.describeStackEvents(input))
      const items = (page.StackEvents ?? []).map((event) => ({
        id: event.EventId!,
        at: event.Timestamp!.toISOString(),
        logicalId: event.LogicalResourceId ?? '',
        type: event.ResourceType ?? '',
        status: event.ResourceStatus ?? '',
        reason: event.ResourceStatusReason,
      }))
      return { items, nextCursor: page.NextToken }
    }),
  ]
}

function present(stack: Stack): CloudStack {
  return {
    name: stack.StackName!,
    id: stack.StackId!,
    status: stack.StackStatus!,
    reason: stack.StackStatusReason,
    description: stack.Description ?? '',
    createdAt: stack.CreationTime!.toISOString(),
    updatedAt: stack.LastUpdatedTime?.toISOString(),
  }
}

async function stackDetail({ cloudformation }: Aws, name: string): Promise<CloudStackDetail> {
  const StackName = name
  const { Stacks } = await cloudformation.describeStacks({ StackName })
  const { StackResources } = await cloudformation.describeStackResources({ StackName })
  const { TemplateBody } = await cloudformation.getTemplate({
    StackName,
    TemplateStage: 'Original',
  })
  const stack = Stacks![0]!
  return {
    ...present(stack),
    outputs: (stack.Outputs ?? []).map((output) => ({
      key: output.OutputKey!,
      value: output.OutputValue ?? '',
      note: output.Description ?? output.ExportName,
    })),
    parameters: (stack.Parameters ?? []).map((parameter) => ({
      key: parameter.ParameterKey!,
      value: parameter.ResolvedValue ?? parameter.ParameterValue ?? '',
    })),
    tags: (stack.Tags ?? []).map(({ Key, Value }) => ({ key: Key!, value: Value! })),
    resources: (StackResources ?? []).map((resource) => ({
      logicalId: resource.LogicalResourceId!,
      physicalId: resource.PhysicalResourceId ?? '',
      type: resource.ResourceType!,
      status: resource.ResourceStatus!,
      reason: resource.ResourceStatusReason,
      at: resource.Timestamp?.toISOString(),
    })),
    template: TemplateBody ?? '',
  }
}
