import { AwsError, type Iam, type Operations } from '../../gateway/index.ts'
import type { Authority } from './authority.ts'
import { constraintError } from './constraints.ts'
import { userOf } from './lookup.ts'
import { entityExists, noSuchEntity, type User } from './model.ts'
import { conforms, hashPassword, isPassword } from './passwords.ts'
import { type AccountView, settingsOf } from './store.ts'
import { wholeSecond } from '../../whole-second.ts'

type Login = NonNullable<User['login']>

const REMEMBERED_PASSWORDS = 24

export function loginOperations({ store }: Authority) {
  return {
    async CreateLoginProfile(input, ctx) {
      const password = checkedPassword(store.account(ctx.account), input.Password)
      const passwordHash = await hashPassword(password)
      return store.change(ctx.account, (account) => {
        const user = userOf(account, input.UserName, ctx)
        if (user.login) throw entityExists(`Login Profile for user ${user.name} already exists.`)
        const resetRequired = input.PasswordResetRequired ?? false
        const login = { passwordHash, createdAt: ctx.now, resetRequired, usedBefore: [] }
        account.put('user', user.name, { ...user, login })
        return { LoginProfile: present(user, login) }
      })
    },
    GetLoginProfile(input, ctx) {
      const user = userOf(store.account(ctx.account), input.UserName, ctx)
      return { LoginProfile: present(user, loginOf(user)) }
    },
    async UpdateLoginProfile(input, ctx) {
      const view = store.account(ctx.account)
      const { Password: password } = input
      const hash =
        password === undefined ? undefined : await hashPassword(checkedPassword(view, password))
      return store.change(ctx.account, (account) => {
        const user = userOf(account, input.UserName)
        const login = loginOf(user)
        const resetRequired = input.PasswordResetRequired ?? login.resetRequired
        const changed = { ...(hash ? replaced(login, hash) : login), resetRequired }
        account.put('user', user.name, { ...user, login: changed })
        return {}
      })
    },
    DeleteLoginProfile: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const user = userOf(account, input.UserName, ctx)
        loginOf(user)
        account.put('user', user.name, { ...user, login: undefined })
        return {}
      }),
    ChangePassword: changePassword({ store }),
  } satisfies Operations<Iam>
}

function changePassword({ store }: Pick<Authority, 'store'>): Operations<Iam>['ChangePassword'] {
  return async (input, ctx) => {
    if (ctx.principal.kind !== 'user') {
      throw denied('Only IAM Users can change their own password')
    }
    const view = store.account(ctx.account)
    const user = userOf(view, undefined, ctx)
    const login = loginOf(user)
    const { passwordPolicy } = settingsOf(view)
    if (passwordPolicy && !passwordPolicy.AllowUsersToChangePassword && !login.resetRequired) {
      throw denied('The account policy does not allow users to change their passwords.')
    }
    if (!(await isPassword(input.OldPassword ?? '', login.passwordHash))) {
      throw denied('The old password is incorrect.')
    }
    const wanted = checkedPassword(view, input.NewPassword)
    const kept = passwordPolicy?.PasswordReusePrevention ?? 0
    for (const hash of [login.passwordHash, ...login.usedBefore].slice(0, kept)) {
      if (await isPassword(wanted, hash)) throw violation()
    }
    const hash = await hashPassword(wanted)
    return store.change(ctx.account, (account) => {
      const now = userOf(account, undefined, ctx)
      const changed = { ...replaced(loginOf(now), hash), resetRequired: false }
      account.put('user', now.name, { ...now, login: changed })
      return {}
    })
  }
}

const denied = (message: string) => new AwsError('AccessDenied', message, { status: 403 })

const violation = () =>
  new AwsError(
    'PasswordPolicyViolation',
    'Password does not conform to the account password policy.',
    { status: 400 },
  )

function checkedPassword(view: AccountView, password: string | undefined): string {
  if (password === undefined) {
    throw constraintError([
      "Value at 'password' failed to satisfy constraint: Member must not be null",
    ])
  }
  if (!conforms(password, settingsOf(view).passwordPolicy)) throw violation()
  return password
}

const replaced = (login: Login, passwordHash: string): Login => ({
  ...login,
  passwordHash,
  usedBefore: [login.passwordHash, ...login.usedBefore].slice(0, REMEMBERED_PASSWORDS),
})

function loginOf(user: User): Login {
  if (user.login) return user.login
  throw noSuchEntity(`Login Profile for User ${user.name} cannot be found.`)
}

const present = (user: User, login: Login) => ({
  UserName: user.name,
  CreateDate: wholeSecond(login.createdAt),
  PasswordResetRequired: login.resetRequired,
})
