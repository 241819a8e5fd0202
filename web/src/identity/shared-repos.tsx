import { codeSharedEndpoints } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Text } from '@mantine/core'
import { FolderGit2 } from 'lucide-react'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Section } from '../ui/pieces.tsx'

/** Repositories that the reader was given in projects they are no member of. */
export function SharedRepos() {
  const items = useEndpoint(codeSharedEndpoints.repoSharedList, {}).data?.items ?? []
  if (items.length === 0) return null
  return (
    <Section title={t('identity.sharedRepos')}>
      <div className="card rows">
        {items.map(({ id, project, name, description, role }) => (
          <Link
            key={id}
            to="/p/$project/code/$repo"
            params={{ project, repo: name }}
            className="row"
          >
            <FolderGit2 size={20} className="dim" style={{ flex: 'none' }} />
            <div className="grow">
              <Text fw={600}>
                {project} / {name}
              </Text>
              <Text size="sm" className="dim ellipsis">
                {description}
              </Text>
            </div>
            <Text size="sm" className="dim">
              {t(`identity.role_${role}`)}
            </Text>
          </Link>
        ))}
      </div>
    </Section>
  )
}
