import type { Secrets } from '../../../kernel/index.ts'
import { AwsError, type Iam, type Operations, type RequestContext } from '../../gateway/index.ts'
import type { Authority } from './authority.ts'
import { userOf } from './lookup.ts'
import { arnOf, deleteConflict, entityExists, type MfaDevice, noSuch } from './model.ts'
import { pageOf } from './paging.ts'
import { presentUser } from './present.ts'
import { qrPng } from './qr-png.ts'
import type { AccountView } from './store.ts'
import { checkedTags, tagList, tagRecord, withoutKeys, withTags } from './tags.ts'
import { areConsecutive, newSeed, purposeOf } from './totp.ts'
import { given } from './users.ts'
import { wholeSecond } from '../../whole-second.ts'

/** Virtual devices with a real seed: any authenticator app makes the codes that are asked for. */
export function mfaOperations({ store }: Authority, secrets: Secrets) {
  return {
    ...use({ store }, secrets),
    ...lists({ store }),
    ...tags({ store }),
    CreateVirtualMFADevice: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const name = input.VirtualMFADeviceName!
        const path = input.Path ?? '/'
        const tagsGiven = checkedTags(input.Tags, 'exactCase')
        const arn = arnOf(ctx.account, 'mfa', path, name)
        const known = account.get('mfa', name)
        if (known && !known.isRetired) throw entityExists('MFA device already exists.')
        const seed = newSeed()
        const device: MfaDevice = {
          name,
          path,
          arn,
          id: arn,
          createdAt: ctx.now,
          tags: tagRecord(tagsGiven),
          sealedSeed: secrets.seal(seed, purposeOf(arn)),
        }
        account.put('mfa', name, device)
        const issuer = 'Amazon%20Web%20Services'
        const link = `otpauth://totp/${issuer}:${name}@${ctx.account}?secret=${seed}&issuer=${issuer}`
        return {
          VirtualMFADevice: {
            SerialNumber: arn,
            Base32StringSeed: Buffer.from(seed),
            QRCodePNG: qrPng(link),
            ...(tagsGiven.length > 0 && { Tags: given(tagsGiven) }),
          },
        }
      }),
    DeleteVirtualMFADevice: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const device = deviceOf(account, input.SerialNumber)
        if (device.user) throw deleteConflict('MFA VirtualDevice in use. Must deactivate first.')
        account.remove('mfa', device.name)
        return {}
      }),
  } satisfies Operations<Iam>
}

function use({ store }: Pick<Authority, 'store'>, secrets: Secrets) {
  const checkCodes = (
    device: MfaDevice,
    input: { AuthenticationCode1: string | undefined; AuthenticationCode2: string | undefined },
    ctx: RequestContext,
  ) => {
    const seed = secrets.open(device.sealedSeed, purposeOf(device.arn))
    const { AuthenticationCode1: one = '', AuthenticationCode2: two = '' } = input
    if (areConsecutive(seed, one, two, ctx.now)) return
    throw new AwsError(
      'InvalidAuthenticationCode',
      'Authentication code for device is not valid.',
      { status: 403 },
    )
  }
  return {
    EnableMFADevice: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const user = userOf(account, input.UserName)
        const device = deviceOf(account, input.SerialNumber)
        if (device.user) throw entityExists('MFA Device is already in use.')
        checkCodes(device, input, ctx)
        account.put('mfa', device.name, { ...device, user: user.name, enabledAt: ctx.now })
        return {}
      }),
    ResyncMFADevice: (input, ctx) =>
      store.change(ctx.account, (account) => {
        checkCodes(usersDevice(account, input.UserName, input.SerialNumber), input, ctx)
        return {}
      }),
    DeactivateMFADevice: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const user = userOf(account, input.UserName, ctx)
        const device = usersDevice(account, user.name, input.SerialNumber)
        // Seen: it isn't listed any more, as unassigned neither.
        const { user: _user, enabledAt: _at, ...rest } = device
        account.put('mfa', device.name, { ...rest, isRetired: true })
        return {}
      }),
  } satisfies Operations<Iam>
}

function lists({ store }: Pick<Authority, 'store'>) {
  return {
    ListMFADevices(input, ctx) {
      const view = store.account(ctx.account)
      const user = userOf(view, input.UserName, ctx)
      const devices = view.list('mfa').filter((device) => device.user === user.name)
      const { items, tail } = pageOf(devices, input)
      return { MFADevices: items.map(present), ...tail }
    },
    GetMFADevice(input, ctx) {
      const view = store.account(ctx.account)
      const device = deviceOf(view, input.SerialNumber)
      if (input.UserName !== undefined) usersDevice(view, input.UserName, input.SerialNumber)
      return {
        ...(device.user && { UserName: device.user }),
        SerialNumber: device.arn,
        ...(device.enabledAt && { EnableDate: wholeSecond(device.enabledAt) }),
      }
    },
    ListVirtualMFADevices(input, ctx) {
      const view = store.account(ctx.account)
      const wanted = input.AssignmentStatus ?? 'Any'
      const devices = view
        .list('mfa')
        .filter(({ isRetired }) => !isRetired)
        .filter(({ user }) => wanted === 'Any' || (wanted === 'Assigned') === (user !== undefined))
      const { items, tail } = pageOf(devices, input)
      return { VirtualMFADevices: items.map((device) => virtual(device, view)), ...tail }
    },
  } satisfies Operations<Iam>
}

function virtual(device: MfaDevice, view: AccountView) {
  const user = device.user === undefined ? undefined : view.get('user', device.user)
  return {
    SerialNumber: device.arn,
    ...(user && { User: presentUser(user) }),
    ...(device.enabledAt && { EnableDate: wholeSecond(device.enabledAt) }),
  }
}

const present = (device: MfaDevice) => ({
  UserName: device.user,
  SerialNumber: device.arn,
  EnableDate: wholeSecond(device.enabledAt ?? device.createdAt),
})

function tags({ store }: Pick<Authority, 'store'>) {
  return {
    TagMFADevice: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const device = deviceOf(account, input.SerialNumber)
        const changed = withTags(device.tags, input.Tags, 'exactCase')
        account.put('mfa', device.name, { ...device, tags: changed })
        return {}
      }),
    UntagMFADevice: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const device = deviceOf(account, input.SerialNumber)
        const changed = withoutKeys(device.tags, input.TagKeys, 'exactCase')
        account.put('mfa', device.name, { ...device, tags: changed })
        return {}
      }),
    ListMFADeviceTags(input, ctx) {
      const device = deviceOf(store.account(ctx.account), input.SerialNumber)
      const { items, tail } = pageOf(tagList(device.tags), input)
      return { Tags: items, ...tail }
    },
  } satisfies Operations<Iam>
}

export function deviceOf(view: AccountView, serial = ''): MfaDevice {
  const device = view.get('mfa', serial.split('/').at(-1)!)
  if (device?.arn === serial) return device
  throw noSuch('mfa', serial)
}

function usersDevice(view: AccountView, user: string | undefined, serial = ''): MfaDevice {
  const { name } = userOf(view, user)
  const device = deviceOf(view, serial)
  if (device.user === name) return device
  throw noSuch('mfa', serial)
}
