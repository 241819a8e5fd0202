import { type CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { until } from '../../../../testing/until.ts'

/** The stack once nothing moves any more. */
export const settledStack = (cfn: CloudFormationClient, StackName: string) =>
  until(`${StackName} to settle`, async () => {
    const { Stacks } = await cfn.send(new DescribeStacksCommand({ StackName }))
    const stack = Stacks![0]!
    return stack.StackStatus!.endsWith('_IN_PROGRESS') ? undefined : stack
  })

/** What a call was refused with. */
export const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no refusal',
    (error: Error) => error.message,
  )
