import { randomBytes } from 'node:crypto'
import type { Iam, Operations } from '../../gateway/index.ts'
import type { Authority } from './authority.ts'
import { userOf } from './lookup.ts'
import { noSuchEntity, overQuota, type ServiceCredential, uniqueId, type User } from './model.ts'
import { pageOf } from './paging.ts'
import { hashPassword } from './passwords.ts'
import { wholeSecond } from '../../whole-second.ts'

const PER_SERVICE = 2
const DAY_MS = 86_400_000

// Those with an API key instead of a name and a password.
const withKey = new Set(['bedrock.amazonaws.com'])
const services = new Set(['codecommit.amazonaws.com', 'cassandra.amazonaws.com', ...withKey])

export function serviceCredentialOperations({ store }: Authority) {
  return {
    ...changes({ store }),
    async CreateServiceSpecificCredential(input, ctx) {
      userOf(store.account(ctx.account), input.UserName)
      const service = checkedService(input.ServiceName)
      const secret = newPassword()
      const passwordHash = await hashPassword(secret)
      return store.change(ctx.account, (account) => {
        const user = userOf(account, input.UserName)
        const known = user.serviceCredentials ?? []
        if (known.filter((each) => each.service === service).length >= PER_SERVICE) {
          throw overQuota('ServiceSpecificCredentialsPerUser', PER_SERVICE)
        }
        const days = input.CredentialAgeDays
        const credential: ServiceCredential = {
          id: uniqueId('serviceCredential'),
          service,
          serviceUserName: `${user.name}-at-${ctx.account}`,
          passwordHash,
          status: 'Active',
          createdAt: ctx.now,
          ...(days !== undefined && { expiresAt: ctx.now + days * DAY_MS }),
        }
        account.put('user', user.name, { ...user, serviceCredentials: [...known, credential] })
        return { ServiceSpecificCredential: withSecret(user, credential, secret) }
      })
    },
    ListServiceSpecificCredentials(input, ctx) {
      const view = store.account(ctx.account)
      const service =
        input.ServiceName === undefined ? undefined : checkedService(input.ServiceName)
      const users = input.AllUsers ? view.list('user') : [userOf(view, input.UserName, ctx)]
      const all = users.flatMap((user) =>
        (user.serviceCredentials ?? [])
          .filter((each) => service === undefined || each.service === service)
          .map((credential) => listed(user, credential)),
      )
      const { items, tail } = pageOf(all, input)
      return { ServiceSpecificCredentials: items, ...tail }
    },
    async ResetServiceSpecificCredential(input, ctx) {
      const secret = newPassword()
      const passwordHash = await hashPassword(secret)
      return store.change(ctx.account, (account) => {
        const user = userOf(account, input.UserName, ctx)
        const old = credentialOf(user, input.ServiceSpecificCredentialId)
        const credential = { ...old, passwordHash }
        account.put('user', user.name, replaced(user, old, [credential]))
        return { ServiceSpecificCredential: withSecret(user, credential, secret) }
      })
    },
  } satisfies Operations<Iam>
}

function changes({ store }: Pick<Authority, 'store'>) {
  return {
    UpdateServiceSpecificCredential: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const user = userOf(account, input.UserName, ctx)
        const old = credentialOf(user, input.ServiceSpecificCredentialId)
        const status = input.Status as ServiceCredential['status']
        account.put('user', user.name, replaced(user, old, [{ ...old, status }]))
        return {}
      }),
    DeleteServiceSpecificCredential: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const user = userOf(account, input.UserName, ctx)
        const old = credentialOf(user, input.ServiceSpecificCredentialId)
        account.put('user', user.name, replaced(user, old, []))
        return {}
      }),
  } satisfies Operations<Iam>
}

const replaced = (user: User, old: ServiceCredential, by: ServiceCredential[]): User => ({
  ...user,
  serviceCredentials: user.serviceCredentials!.flatMap((each) => (each === old ? by : [each])),
})

/** Sixty characters with a `=` at the end, as AWS makes them. */
const newPassword = () => `${randomBytes(60).toString('base64').slice(0, 59)}=`

function checkedService(service = ''): string {
  if (services.has(service)) return service
  throw noSuchEntity(`No such service ${service} is supported for Service Specific Credentials`)
}

const listed = (user: User, credential: ServiceCredential) => ({
  UserName: user.name,
  Status: credential.status,
  ...(withKey.has(credential.service)
    ? { ServiceCredentialAlias: credential.serviceUserName }
    : { ServiceUserName: credential.serviceUserName }),
  CreateDate: wholeSecond(credential.createdAt),
  ...(credential.expiresAt && { ExpirationDate: wholeSecond(credential.expiresAt) }),
  ServiceSpecificCredentialId: credential.id,
  ServiceName: credential.service,
})

const withSecret = (user: User, credential: ServiceCredential, secret: string) => ({
  ...listed(user, credential),
  ...(withKey.has(credential.service)
    ? { ServiceCredentialSecret: secret }
    : { ServicePassword: secret }),
})

function credentialOf(user: User, id = ''): ServiceCredential {
  const credential = user.serviceCredentials?.find((each) => each.id === id)
  if (credential) return credential
  throw noSuchEntity(`No such credential ${id} exists`)
}
