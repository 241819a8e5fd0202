import { expect, it } from 'vitest'
import { parsePolicy } from '../../../policy/index.ts'
import { awsPolicies } from '../aws-policies.ts'

it('knows AWS’s managed policies, and reads every one', () => {
  const all = awsPolicies.values()
  expect(all.length).toBeGreaterThan(1000)
  for (const { versions } of all) {
    expect(parsePolicy(versions[0]!.document).statements.length).toBeGreaterThan(0)
  }
  const task = awsPolicies.get(
    'arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy',
  )
  expect(task).toMatchObject({ path: '/service-role/', name: 'AmazonECSTaskExecutionRolePolicy' })
  expect(task!.id).toMatch(/^ANPA[A-Z2-7]{17}$/)
  expect(awsPolicies.get('arn:aws:iam::aws:policy/NoneSuch')).toBeUndefined()
})
