import { useLocation } from '@tanstack/react-router'
import { Select } from '@mantine/core'
import { Globe } from 'lucide-react'
import { t } from '../i18n/index.ts'
import { regions, setRegion, useOwnRegion, useRegion } from './region.ts'

// The same in every region, as on AWS.
const everywhere = /^\/cloud(\/(s3|iam)(\/.*)?)?\/?$/

/** In which region the page looks. */
export function RegionSelect() {
  const { pathname } = useLocation()
  const { region } = useRegion()
  const own = useOwnRegion()
  if (everywhere.test(pathname) || own === undefined) return null
  const data = [own, ...regions.filter((name) => name !== own)].map((value) => ({
    value,
    label: value === own ? t('console.ownRegion', { region: value }) : value,
  }))
  return (
    <Select
      aria-label={t('cloud.region')}
      size="xs"
      w={230}
      ml="auto"
      mb={10}
      leftSection={<Globe size={14} />}
      allowDeselect={false}
      searchable
      data={data}
      value={region ?? own}
      onChange={(chosen) => setRegion(chosen === null || chosen === own ? undefined : chosen)}
    />
  )
}
