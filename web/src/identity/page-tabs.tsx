import { t } from '../i18n/index.ts'
import { LinkTabs } from '../ui/link-tabs.tsx'

/** The pages of an administrator. */
export function AdminTabs() {
  const tabs = [
    { to: '/admin', name: t('identity.peopleTitle'), isExact: true },
    { to: '/admin/audit', name: t('identity.auditTitle') },
    { to: '/admin/agents', name: t('agents.title') },
    { to: '/admin/mail', name: t('mail.title') },
  ]
  return <LinkTabs label={t('ui.administration')} tabs={tabs} />
}

/** The pages of one's own account. */
export function AccountTabs() {
  const tabs = [
    { to: '/settings/tokens', name: t('identity.tokensTitle') },
    { to: '/settings/keys', name: t('repo.keysTitle') },
    { to: '/settings/gpg-keys', name: t('repo.gpgTitle') },
  ]
  return <LinkTabs label={t('ui.account')} tabs={tabs} />
}

/** What belongs to a project beside its work. */
export function SettingsTabs({ project }: { project: string }) {
  const tabs = [
    { to: `/p/${project}/settings`, name: t('ui.settings') },
    { to: `/p/${project}/mail`, name: t('mail.title') },
  ]
  return <LinkTabs label={t('ui.settings')} tabs={tabs} />
}
