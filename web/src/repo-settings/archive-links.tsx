import { Button, Menu } from '@mantine/core'
import { Download } from 'lucide-react'
import { t } from '../i18n/index.ts'

const forms = ['zip', 'tar.gz'] as const

interface Props {
  project: string
  repo: string
  /** A branch, a tag or a commit. */
  gitRef: string
  size?: 'xs' | 'sm'
}

const addressOf = ({ project, repo, gitRef }: Props, form: (typeof forms)[number]) =>
  `/archive/${project}/${repo}/${encodeURIComponent(gitRef)}.${form}`

/** All files of one commit in one file. */
export function ArchiveLinks(props: Props) {
  const { gitRef, size = 'sm' } = props
  const label = t('repo.archive')
  return (
    <Menu position="bottom-end" width={180}>
      <Menu.Target>
        <Button
          variant="default"
          size={size}
          leftSection={<Download size={size === 'xs' ? 14 : 16} />}
          aria-label={`${label}: ${gitRef}`}
        >
          {label}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {forms.map((form) => (
          <Menu.Item key={form} component="a" href={addressOf(props, form)} download>
            {form}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
