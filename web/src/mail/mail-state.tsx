import type { MailMessage } from '@madang/api'
import { t } from '../i18n/index.ts'
import { StateBadge } from '../ui/state-badge.tsx'

const colours = { kept: 'kept', waiting: 'pending', sent: 'succeeded', failed: 'FAILED' }

/** Where a message stands, in the reader's words. */
export function MailState({ state }: { state: MailMessage['state'] }) {
  return <StateBadge state={colours[state]} label={t(`mail.state_${state}`)} />
}
