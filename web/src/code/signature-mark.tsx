import type { CommitSignature } from '@madang/api'
import { Badge, Tooltip } from '@mantine/core'
import { ShieldAlert, ShieldCheck } from 'lucide-react'
import { t } from '../i18n/index.ts'

/** What a commit's signature is worth; nothing where there is none. */
export function SignatureMark({ signature }: { signature: CommitSignature | undefined }) {
  if (!signature) return null
  const { state, kind, key = '', reason, signer = '' } = signature
  const isGood = state === 'verified'
  const Icon = isGood ? ShieldCheck : ShieldAlert
  const why = isGood
    ? t('code.signedBy', { name: signer, kind: kind.toUpperCase(), key })
    : `${t(`code.signature_${reason ?? 'unsupported'}`)} ${key}`
  return (
    <Tooltip label={why} multiline maw={360} events={{ hover: true, focus: true, touch: true }}>
      <Badge
        variant="light"
        color={isGood ? 'celadon' : 'gray'}
        leftSection={<Icon size={12} aria-hidden />}
        tabIndex={0}
        aria-label={`${t(`code.${state}`)}. ${why}`}
      >
        {t(`code.${state}`)}
      </Badge>
    </Tooltip>
  )
}
