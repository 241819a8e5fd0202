import { randomInt, randomUUID } from 'node:crypto'
import { AwsError, type Operations, type RequestContext, type Sns } from '../../gateway/index.ts'
import type { Settings } from './settings.ts'
import { checkLength, invalid, violated } from './model.ts'
import type { SnsParts } from './parts.ts'

const PHONE = /^\+[1-9]\d{6,14}$/
const names = [
  'MonthlySpendLimit',
  'DeliveryStatusIAMRole',
  'DeliveryStatusSuccessSamplingRate',
  'DefaultSenderID',
  'DefaultSMSType',
  'UsageReportS3Bucket',
]
const LONGEST_BYTES = 1600

interface SandboxNumber {
  status: 'Pending' | 'Verified'
  code: string
}

/**
 * Text messages. No phone company is behind this cloud: they are kept in the mailbox, where it says
 * so. Attributes, opt-outs and the sandbox's numbers are an account's in a region.
 */
export const smsOperations = (parts: SnsParts, settings: Settings) =>
  ({
    GetSMSAttributes(input, ctx) {
      const all = { MonthlySpendLimit: '1', ...settings.get(ctx, 'sms') }
      const wanted = input.attributes ?? []
      const shown = Object.entries(all).filter(([name]) => !wanted.length || wanted.includes(name))
      return { attributes: Object.fromEntries(shown) }
    },

    async SetSMSAttributes(input, ctx) {
      const given = input.attributes ?? {}
      for (const [name, value] of Object.entries(given)) checkAttribute(name, value)
      await settings.put(ctx, 'sms', { ...settings.get(ctx, 'sms'), ...given })
      return {}
    },

    CheckIfPhoneNumberIsOptedOut: (input, ctx) => ({
      isOptedOut: checkPhone(input.phoneNumber) in settings.get(ctx, 'optedOut'),
    }),

    ListPhoneNumbersOptedOut: (_input, ctx) => ({
      phoneNumbers: Object.keys(settings.get(ctx, 'optedOut')),
    }),

    async OptInPhoneNumber(input, ctx) {
      const { [checkPhone(input.phoneNumber)]: _gone, ...others } = settings.get(ctx, 'optedOut')
      await settings.put(ctx, 'optedOut', others)
      return {}
    },

    GetSMSSandboxAccountStatus: () => ({ IsInSandbox: true }),

    async CreateSMSSandboxPhoneNumber(input, ctx) {
      const phone = checkSandboxPhone(input.PhoneNumber)
      const code = String(randomInt(100_000, 1_000_000))
      const known = settings.get<SandboxNumber>(ctx, 'sandbox')
      await settings.put(ctx, 'sandbox', { ...known, [phone]: { status: 'Pending', code } })
      await keepText(parts, phone, `Your verification code is ${code}`)
      return {}
    },

    async VerifySMSSandboxPhoneNumber(input, ctx) {
      const phone = checkSandboxPhone(input.PhoneNumber)
      const known = settings.get<SandboxNumber>(ctx, 'sandbox')
      const found = known[phone]
      if (!found) throw new AwsError('ResourceNotFoundException', 'Phone number not found')
      if (found.code !== input.OneTimePassword) {
        throw new AwsError('VerificationException', 'Verification failed: the code is not right')
      }
      await settings.put(ctx, 'sandbox', { ...known, [phone]: { ...found, status: 'Verified' } })
      return {}
    },

    async DeleteSMSSandboxPhoneNumber(input, ctx) {
      const phone = checkSandboxPhone(input.PhoneNumber)
      const { [phone]: gone, ...others } = settings.get(ctx, 'sandbox')
      if (!gone) throw new AwsError('ResourceNotFoundException', 'Phone number not found')
      await settings.put(ctx, 'sandbox', others)
      return {}
    },

    ListSMSSandboxPhoneNumbers: (_input, ctx) => ({
      PhoneNumbers: Object.entries(settings.get<SandboxNumber>(ctx, 'sandbox')).map(
        ([PhoneNumber, { status: Status }]) => ({ PhoneNumber, Status }),
      ),
    }),

    // None can be bought here.
    ListOriginationNumbers: () => ({ PhoneNumbers: [] }),
  }) satisfies Operations<Sns>

export async function publishText(
  parts: SnsParts,
  settings: Settings,
  given: { PhoneNumber: string; Message?: string | undefined },
  ctx: RequestContext,
): Promise<{ MessageId: string }> {
  const { PhoneNumber: phone, Message: text } = given
  if (!PHONE.test(phone)) {
    throw invalid(`PhoneNumber Reason: ${phone} is not valid to publish to`)
  }
  if (!text) throw invalid('Empty message')
  if (Buffer.byteLength(text) > LONGEST_BYTES) throw invalid('Message too long')
  if (phone in settings.get(ctx, 'optedOut')) {
    throw new AwsError('OptedOutException', `${phone} has opted out`)
  }
  await keepText(parts, phone, text)
  return { MessageId: randomUUID() }
}

export async function keepText({ deps }: SnsParts, phone: string, text: string): Promise<void> {
  const { database, mailbox } = deps.kernel
  await database.write(async (tx) => {
    await mailbox.send(tx, {
      from: 'SNS SMS',
      to: [`tel:${phone}`],
      subject: `SMS ${phone}`,
      text,
      source: 'sns',
    })
  })
}

function checkPhone(phone: string | undefined): string {
  if (phone !== undefined && PHONE.test(phone)) return phone
  throw invalid('PhoneNumber Reason: input incorrectly formatted')
}

const sandboxPhone = '^(\\+[0-9]{8,}|[0-9]{0,9})$'

function checkSandboxPhone(phone = ''): string {
  checkLength('phoneNumber', phone, 0, 20)
  if (new RegExp(sandboxPhone).test(phone)) return phone
  throw violated('phoneNumber', phone, `satisfy regular expression pattern: ${sandboxPhone}`)
}

function checkAttribute(name: string, value: string): void {
  if (!names.includes(name)) throw invalid(`${name} is not a valid attribute`)
  if (name === 'DefaultSMSType' && !['Promotional', 'Transactional'].includes(value)) {
    throw invalid('DefaultSMSType is invalid')
  }
  if (name === 'DefaultSenderID' && !/^[A-Za-z0-9]{1,11}$/.test(value)) {
    throw new AwsError('InvalidParameterException', 'DefaultSenderID is invalid')
  }
  if (name === 'MonthlySpendLimit' && !/^\d+$/.test(value)) throw invalid('MonthlySpendLimit')
}
