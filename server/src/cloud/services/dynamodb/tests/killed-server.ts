import { startDynamo } from './dynamodb-under-test.ts'

// Run by durability.test.ts as a process of its own, which it kills while requests are under way.
const cloud = await startDynamo({ home: process.argv[2]! })
process.stdout.write(`${cloud.url}\n`)
