import { CreateStackCommand, UpdateStackCommand } from '@aws-sdk/client-cloudformation'
import { startStacks } from './stacks-under-test.ts'

// Run by durability.test.ts as a process of its own, which it kills in the middle of an operation.
const [home, kind, TemplateBody] = process.argv.slice(2) as [string, string, string]
const under = await startStacks({ home })
const input = { StackName: 'killed', TemplateBody }
await (kind === 'create'
  ? under.cfn.send(new CreateStackCommand(input))
  : under.cfn.send(new UpdateStackCommand(input)))
for (; under.asked.length === 0;) await new Promise((resolve) => setTimeout(resolve, 5))
process.stdout.write('asked\n')
setInterval(() => undefined, 1000)
