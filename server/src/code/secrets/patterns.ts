/** A kind of secret and how it looks. */
export interface SecretPattern {
  kind: string
  /** What people read. */
  name: string
  /** POSIX extended expression, any case, that each holds: `grep` looks for it first. */
  hint: string
  form: RegExp
  /** Part of `form` that is the secret itself; the whole match unless told. */
  group?: number
  /** Only looked for when a repository asks for it. */
  isOptional?: boolean
}

/**
 * The kinds of secrets, as their makers document them: the prefixes of GitHub, GitLab, Slack, npm,
 * Stripe, Google and PyPI exist so that scanners can tell them from chance.
 */
export const secretPatterns: SecretPattern[] = [
  {
    kind: 'aws-access-key',
    name: 'AWS access key',
    hint: 'AKIA[A-Z2-7]{16}',
    form: /(?<![A-Za-z0-9+/])AKIA[A-Z2-7]{16}(?![A-Za-z0-9+/=])/,
  },
  {
    kind: 'aws-secret-key',
    name: 'AWS secret access key',
    hint: 'aws.{0,20}secret',
    form: /aws.{0,20}secret.{0,30}["'=:\s]([A-Za-z0-9+/]{40})(?![A-Za-z0-9+/=])/i,
    group: 1,
  },
  {
    kind: 'private-key',
    name: 'private key',
    hint: 'PRIVATE KEY',
    form: /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/,
  },
  {
    kind: 'github-token',
    name: 'GitHub token',
    hint: 'gh[pousr]_[A-Za-z0-9]{36}|github_pat_',
    form: /(?<![A-Za-z0-9_])(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{60,255})/,
  },
  {
    kind: 'gitlab-token',
    name: 'GitLab token',
    hint: 'glpat-',
    form: /(?<![A-Za-z0-9_-])glpat-[A-Za-z0-9_-]{20,}/,
  },
  {
    kind: 'slack-token',
    name: 'Slack token',
    hint: 'xox[abeoprs]-',
    form: /(?<![A-Za-z0-9])xox[abeoprs]-[A-Za-z0-9-]{20,}/,
  },
  {
    kind: 'slack-webhook',
    name: 'Slack webhook',
    hint: 'hooks\\.slack\\.com/services',
    form: /https:\/\/hooks\.slack\.com\/services\/T[A-Z0-9]{6,}\/B[A-Z0-9]{6,}\/[A-Za-z0-9]{20,}/,
  },
  {
    kind: 'npm-token',
    name: 'npm token',
    hint: 'npm_[A-Za-z0-9]{36}',
    form: /(?<![A-Za-z0-9_])npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])/,
  },
  {
    kind: 'stripe-key',
    name: 'Stripe live key',
    hint: '[rs]k_live_',
    form: /(?<![A-Za-z0-9])[rs]k_live_[A-Za-z0-9]{20,}/,
  },
  {
    kind: 'google-api-key',
    name: 'Google API key',
    hint: 'AIza[A-Za-z0-9_-]{35}',
    form: /(?<![A-Za-z0-9_-])AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])/,
  },
  {
    kind: 'pypi-token',
    name: 'PyPI token',
    hint: 'pypi-AgEIcHlwaS5vcmc',
    form: /pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,}/,
  },
  {
    kind: 'high-entropy',
    name: 'password or key',
    hint: '(password|passwd|secret|token|api_?key)',
    form: /(?:password|passwd|secret|token|api_?key)["']?\s*[:=]\s*["']([^"'\s]{16,})["']/i,
    group: 1,
    isOptional: true,
  },
]

/** Words of documentation, not of secrets: AWS' own example keys end so. */
const EXAMPLE = /EXAMPLE(?:KEY)?$|^(?:AKIA)?(.)\1+$/

/** A line with this word is let through: whoever writes it has looked at it. */
export const ALLOW_MARK = 'madang:allow-secret'

export interface SecretFound {
  kind: string
  name: string
}

/** The first secret that a line holds. `withOptional`: those that are off unless asked for, too. */
export function secretIn(line: string, withOptional = false): SecretFound | undefined {
  if (line.includes(ALLOW_MARK)) return undefined
  for (const { kind, name, form, group = 0, isOptional } of secretPatterns) {
    if (isOptional && !withOptional) continue
    const text = form.exec(line)?.[group]
    if (text === undefined || EXAMPLE.test(text)) continue
    if (kind === 'high-entropy' && entropyOf(text) < 3.5) continue
    return { kind, name }
  }
  return undefined
}

/** Bits for each character (Shannon). */
function entropyOf(text: string): number {
  const counts = new Map<string, number>()
  for (const sign of text) counts.set(sign, (counts.get(sign) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) {
    const share = count / text.length
    bits -= share * Math.log2(share)
  }
  return bits
}
