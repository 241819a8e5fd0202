import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Compass } from 'lucide-react'
import { t } from '../i18n/index.ts'
import { Empty } from './states.tsx'

export function NotFound() {
  return (
    <Empty
      icon={<Compass size={32} />}
      title={t('ui.notFoundTitle')}
      text={t('ui.notFoundText')}
      action={
        <Button component={Link} to="/" variant="default" mt="sm">
          {t('ui.backHome')}
        </Button>
      }
    />
  )
}
