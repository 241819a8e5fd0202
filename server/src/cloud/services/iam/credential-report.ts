import { AwsError, type Iam, type Operations, type RequestContext } from '../../gateway/index.ts'
import type { Authority } from './authority.ts'
import type { AccessKey, User } from './model.ts'
import { type AccountView, changeSettings, settingsOf } from './store.ts'
import type { Uses } from './uses.ts'
import { wholeSecond } from '../../whole-second.ts'

const VALID_MS = 4 * 3_600_000

const columns = [
  'user',
  'arn',
  'user_creation_time',
  'password_enabled',
  'password_last_used',
  'password_last_changed',
  'password_next_rotation',
  'mfa_active',
  'access_key_1_active',
  'access_key_1_last_rotated',
  'access_key_1_last_used_date',
  'access_key_1_last_used_region',
  'access_key_1_last_used_service',
  'access_key_2_active',
  'access_key_2_last_rotated',
  'access_key_2_last_used_date',
  'access_key_2_last_used_region',
  'access_key_2_last_used_service',
  'cert_1_active',
  'cert_1_last_rotated',
  'cert_2_active',
  'cert_2_last_rotated',
]

/** A report is made at most every four hours; asking sooner gives the one there is. */
export function reportOperations({ store, uses }: Authority) {
  return {
    GenerateCredentialReport: (_input, ctx) =>
      store.change(ctx.account, (account) => {
        const { report } = settingsOf(account)
        if (report && ctx.now - report.madeAt < VALID_MS) return { State: 'COMPLETE' as const }
        changeSettings(account, { report: { csv: csvOf(account, uses, ctx), madeAt: ctx.now } })
        return {
          State: 'STARTED' as const,
          Description: 'No report exists. Starting a new report generation task',
        }
      }),
    GetCredentialReport(_input, ctx) {
      const { report } = settingsOf(store.account(ctx.account))
      if (!report) throw gone('ReportNotPresent')
      if (ctx.now - report.madeAt >= VALID_MS) throw gone('ReportExpired')
      return {
        Content: Buffer.from(report.csv),
        ReportFormat: 'text/csv' as const,
        GeneratedTime: wholeSecond(report.madeAt),
      }
    },
  } satisfies Operations<Iam>
}

// Seen: these two come without a word.
const gone = (code: string) => new AwsError(code, '', { status: 410 })

function csvOf(view: AccountView, uses: Uses, ctx: RequestContext): string {
  const rows = [
    columns,
    rootRow(ctx),
    ...view.list('user').map((user) => userRow(user, view, uses)),
  ]
  return rows.map((row) => row.map(cell).join(',')).join('\n')
}

const cell = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

// Seconds, with an offset instead of a Z: as the reports of the service have them.
const moment = (ms: number | undefined) =>
  ms === undefined ? 'N/A' : `${new Date(ms).toISOString().slice(0, 19)}+00:00`

const noKey = ['false', 'N/A', 'N/A', 'N/A', 'N/A']
const noCertificate = ['false', 'N/A']

const rootRow = ({ account }: RequestContext) => [
  '<root_account>',
  `arn:aws:iam::${account}:root`,
  '2015-02-06T18:39:46+00:00',
  'not_supported',
  'no_information',
  'not_supported',
  'not_supported',
  'false',
  ...noKey,
  ...noKey,
  ...noCertificate,
  ...noCertificate,
]

function userRow(user: User, view: AccountView, uses: Uses): string[] {
  const { login } = user
  const { passwordPolicy } = settingsOf(view)
  const age = passwordPolicy?.MaxPasswordAge
  const next = login && age ? login.createdAt + age * 86_400_000 : undefined
  const certificates = user.signingCertificates ?? []
  return [
    user.name,
    user.arn,
    moment(user.createdAt),
    String(login !== undefined),
    login ? 'no_information' : 'N/A',
    moment(login?.createdAt),
    moment(next),
    String(view.list('mfa').some((device) => device.user === user.name)),
    ...keyCells(user.keys[0], uses),
    ...keyCells(user.keys[1], uses),
    ...certificateCells(certificates[0]),
    ...certificateCells(certificates[1]),
  ]
}

function keyCells(key: AccessKey | undefined, uses: Uses): string[] {
  if (!key) return noKey
  const use = uses.of(key.id)
  return [
    String(key.status === 'Active'),
    moment(key.createdAt),
    moment(use?.at),
    use?.region ?? 'N/A',
    use?.service ?? 'N/A',
  ]
}

const certificateCells = (certificate: { status: string; uploadedAt: number } | undefined) =>
  certificate
    ? [String(certificate.status === 'Active'), moment(certificate.uploadedAt)]
    : noCertificate
