import { IAM } from '@aws-sdk/client-iam'
import { test } from 'vitest'
import { live, Living, type Pick } from './living.ts'

let iam: IAM

const documentOf = (n: number) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::b/${n}` }],
  })
const numberIn = (text: string | undefined) =>
  /\/(\d+)"/.exec(decodeURIComponent(text ?? ''))?.[1] ?? '?'

const attachable = ['ReadOnlyAccess', 'AmazonS3FullAccess', 'AmazonSQSFullAccess']
const arnOf = (name: string) => `arn:aws:iam::aws:policy/${name}`

interface UserState {
  attached: string[]
  inline: Record<string, string>
  isMember: boolean
}

/** A user with policies and a membership; 'none' while there is no such user. */
class User extends Living {
  readonly #name: string

  constructor(name: string) {
    super('none')
    this.#name = name
  }

  async step(pick: Pick): Promise<void> {
    const UserName = this.#name
    if (this.sure === 'none') {
      await this.change(textOf({ attached: [], inline: {}, isMember: false }), () =>
        iam.createUser({ UserName }),
      )
      return
    }
    const state = JSON.parse(this.sure) as UserState
    const kind = pick(5)
    const isBare = state.attached.length + Object.keys(state.inline).length === 0
    if (kind === 0 && isBare && !state.isMember) {
      await this.change('none', () => iam.deleteUser({ UserName }))
    } else if (kind < 2) await this.#attachment(state, attachable[pick(3)]!)
    else if (kind === 2) await this.#membership(state)
    else await this.#inline(state, `p${pick(2)}`, pick)
  }

  async #attachment(state: UserState, name: string): Promise<void> {
    const asked = { UserName: this.#name, PolicyArn: arnOf(name) }
    const has = state.attached.includes(name)
    const left = state.attached.filter((one) => one !== name)
    const attached = has ? left : [...left, name]
    await this.change(textOf({ ...state, attached }), () =>
      has ? iam.detachUserPolicy(asked) : iam.attachUserPolicy(asked),
    )
  }

  async #membership(state: UserState): Promise<void> {
    const asked = { UserName: this.#name, GroupName: 'all' }
    await this.change(textOf({ ...state, isMember: !state.isMember }), () =>
      state.isMember ? iam.removeUserFromGroup(asked) : iam.addUserToGroup(asked),
    )
  }

  async #inline(state: UserState, PolicyName: string, pick: Pick): Promise<void> {
    const asked = { UserName: this.#name, PolicyName }
    const n = pick(1e6)
    if (PolicyName in state.inline && pick(2) === 0) {
      const { [PolicyName]: _gone, ...inline } = state.inline
      await this.change(textOf({ ...state, inline }), () => iam.deleteUserPolicy(asked))
    } else {
      const inline = { ...state.inline, [PolicyName]: String(n) }
      const put = { ...asked, PolicyDocument: documentOf(n) }
      await this.change(textOf({ ...state, inline }), () => iam.putUserPolicy(put))
    }
  }

  async observe(): Promise<string> {
    const UserName = this.#name
    const { Users } = await iam.listUsers({ MaxItems: 1000 })
    if (!Users!.some((user) => user.UserName === UserName)) return 'none'
    const { AttachedPolicies } = await iam.listAttachedUserPolicies({ UserName })
    const { PolicyNames } = await iam.listUserPolicies({ UserName })
    const inline: Record<string, string> = {}
    for (const PolicyName of PolicyNames!) {
      const { PolicyDocument } = await iam.getUserPolicy({ UserName, PolicyName })
      inline[PolicyName] = numberIn(PolicyDocument)
    }
    const { Groups } = await iam.listGroupsForUser({ UserName })
    const attached = AttachedPolicies!.map(({ PolicyName }) => PolicyName!)
    return textOf({ attached, inline, isMember: Groups!.length > 0 })
  }
}

function textOf({ attached, inline, isMember }: UserState): string {
  const sorted = Object.fromEntries(Object.entries(inline).sort(([a], [b]) => (a < b ? -1 : 1)))
  return JSON.stringify({ attached: attached.toSorted(), inline: sorted, isMember })
}

/** A managed policy: its versions by number, and which is the default. */
class Policy extends Living {
  #arn = ''
  /** Ids aren't given twice, also when a version is gone. */
  #highest = 1

  constructor() {
    super('')
  }

  async make(PolicyName: string): Promise<void> {
    const { Policy: made } = await iam.createPolicy({ PolicyName, PolicyDocument: documentOf(0) })
    this.#arn = made!.Arn!
    this.sure = JSON.stringify({ versions: { v1: '0' }, standard: 'v1' })
  }

  async step(pick: Pick): Promise<void> {
    const PolicyArn = this.#arn
    const { versions, standard } = JSON.parse(this.sure) as PolicyState
    const others = Object.keys(versions).filter((id) => id !== standard)
    const VersionId = others[pick(others.length)]
    if (VersionId && (others.length === 4 || pick(4) === 0)) {
      const { [VersionId]: _gone, ...left } = versions
      const next = policyText({ versions: left, standard })
      await this.change(next, () => iam.deletePolicyVersion({ PolicyArn, VersionId }))
    } else if (VersionId && pick(3) === 0) {
      const next = policyText({ versions, standard: VersionId })
      await this.change(next, () => iam.setDefaultPolicyVersion({ PolicyArn, VersionId }))
    } else {
      const asked = {
        PolicyArn,
        PolicyDocument: documentOf(pick(1e6)),
        SetAsDefault: pick(2) === 0,
      }
      const id = `v${this.#highest + 1}`
      const now = { ...versions, [id]: numberIn(asked.PolicyDocument) }
      const next = policyText({ versions: now, standard: asked.SetAsDefault ? id : standard })
      await this.change(next, () => iam.createPolicyVersion(asked))
      this.#highest++
    }
  }

  async observe(): Promise<string> {
    const PolicyArn = this.#arn
    const listed = await iam.listPolicyVersions({ PolicyArn })
    const versions: Record<string, string> = {}
    for (const { VersionId } of listed.Versions!) {
      const { PolicyVersion } = await iam.getPolicyVersion({ PolicyArn, VersionId })
      versions[VersionId!] = numberIn(PolicyVersion!.Document)
      this.#highest = Math.max(this.#highest, Number(VersionId!.slice(1)))
    }
    const standard = listed.Versions!.find((one) => one.IsDefaultVersion)!.VersionId!
    return policyText({ versions, standard })
  }
}

interface PolicyState {
  versions: Record<string, string>
  standard: string
}

function policyText({ versions, standard }: PolicyState): string {
  const sorted = Object.entries(versions).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify({ versions: Object.fromEntries(sorted), standard })
}

test('users and policies, over kill -9', async () => {
  const users = Array.from({ length: 6 }, (_, n) => new User(`u${n}`))
  const policies = Array.from({ length: 4 }, () => new Policy())
  await live({
    steps: 160,
    async begin(cloud, life) {
      iam = cloud.client(IAM)
      if (life === 0) {
        await iam.createGroup({ GroupName: 'all' })
        for (const [n, policy] of policies.entries()) await policy.make(`p${n}`)
      }
      return [...users, ...policies]
    },
  })
})
