import { useState } from 'react'
import { codeKeyEndpoints, type Repo } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { ActionIcon, CopyButton, SegmentedControl, Text, Tooltip } from '@mantine/core'
import { Check, Copy } from 'lucide-react'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import classes from './clone-box.module.css'

const KEPT = 'madang.clone'
type Way = 'http' | 'ssh'

/** Where a repository is cloned from, over HTTP or SSH; the choice is kept. */
export function CloneBox({ repo }: { repo: Repo }) {
  const [kept, setKept] = useState<Way>(localStorage.getItem(KEPT) === 'ssh' ? 'ssh' : 'http')
  const server = useEndpoint(codeKeyEndpoints.sshServerGet, {}).data
  const way = server?.url ? kept : 'http'
  const url = way === 'ssh' ? `${server!.url}/${repo.project}/${repo.name}.git` : repo.cloneUrl
  const choose = (value: string) => {
    localStorage.setItem(KEPT, value)
    setKept(value as Way)
  }
  return (
    <div className={classes['frame']}>
      <div className={classes['box']}>
        {server?.url && (
          <SegmentedControl
            size="xs"
            style={{ flex: 'none' }}
            aria-label={t('code.cloneUrl')}
            data={[
              { value: 'http', label: repo.cloneUrl.startsWith('https:') ? 'HTTPS' : 'HTTP' },
              { value: 'ssh', label: 'SSH' },
            ]}
            value={way}
            onChange={choose}
          />
        )}
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scroll area has to take the keyboard */}
        <code className={classes['url']} tabIndex={0} aria-label={t('code.cloneUrl')}>
          {url}
        </code>
        <CopyButton value={url}>
          {({ copied, copy }) => (
            <Tooltip label={t(copied ? 'ui.copied' : 'ui.copy')}>
              <ActionIcon
                variant="subtle"
                color="gray"
                size="md"
                onClick={copy}
                aria-label={`${t('ui.copy')}: ${url}`}
              >
                {copied ? <Check size={16} /> : <Copy size={16} />}
              </ActionIcon>
            </Tooltip>
          )}
        </CopyButton>
      </div>
      {way === 'ssh' && <KeyNeeded />}
    </div>
  )
}

/** SSH lets nobody in without a key; said before git says it worse. */
function KeyNeeded() {
  const keys = useEndpoint(codeKeyEndpoints.sshKeyList, {}).data
  if (!keys || keys.items.length > 0) return null
  return (
    <Text size="xs" className="dim" mt={4}>
      {t('repo.keyNeeded')} <Link to="/settings/keys">{t('repo.keyAdd')}</Link>
    </Text>
  )
}
