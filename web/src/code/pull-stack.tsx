import type { PullRequest } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Text } from '@mantine/core'
import { Layers } from 'lucide-react'
import { t } from '../i18n/index.ts'

/** The pull requests this one stands on and those that stand on it, the lowest last. */
export function PullStack({ pull }: { pull: PullRequest }) {
  if (!pull.stack) return null
  const { project, repo } = pull
  return (
    <nav
      className="card"
      style={{ padding: '10px 14px', marginBottom: 12 }}
      aria-label={t('code.stack')}
    >
      <Text size="sm" fw={600} mb={4}>
        <Layers size={14} aria-hidden style={{ verticalAlign: -2 }} /> {t('code.stack')}
      </Text>
      <ol reversed style={{ margin: 0, paddingInlineStart: 22 }}>
        {pull.stack.toReversed().map(({ number, title, target }) => (
          <li key={number} aria-current={number === pull.number ? 'page' : undefined}>
            {number === pull.number ? (
              <b>
                {title} #{number}
              </b>
            ) : (
              <Link
                to="/p/$project/code/$repo/pulls/$number"
                params={{ project, repo, number: String(number) }}
              >
                {title} #{number}
              </Link>
            )}{' '}
            <span className="mono dim">→ {target}</span>
          </li>
        ))}
      </ol>
    </nav>
  )
}
