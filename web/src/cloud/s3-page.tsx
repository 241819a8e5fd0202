import { cloudEndpoints } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Text } from '@mantine/core'
import { Database } from 'lucide-react'
import { usePages } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Ago } from '../ui/time.tsx'
import { BucketCreate } from './bucket-create.tsx'
import { CopyText } from '../ui/pieces.tsx'
import { ServiceList } from './service-list.tsx'

export function S3Page() {
  const query = usePages(cloudEndpoints.cloudBucketList, { query: {} })
  return (
    <ServiceList
      service="s3"
      query={query}
      items={query.data?.pages.flatMap(({ items }) => items)}
      count={(count) => t('cloud.bucketCount', { count })}
      empty={{
        icon: <Database size={30} />,
        title: t('cloud.noBuckets'),
        text: t('cloud.noBucketsText'),
        action: <CopyText text="aws s3 mb s3://my-bucket" label={t('cloud.command')} />,
      }}
      make={{ label: t('bucket.create'), Form: BucketCreate }}
    >
      {(bucket) => (
        <Link
          key={bucket.name}
          to="/cloud/s3/$bucket"
          params={{ bucket: bucket.name }}
          className="row"
        >
          <Database size={18} className="dim" style={{ flex: 'none' }} />
          <Text fw={600} className="grow ellipsis">
            {bucket.name}
          </Text>
          <Text size="sm" className="dim">
            {bucket.region}
          </Text>
          <Text size="sm" className="dim">
            <Ago at={bucket.createdAt} />
          </Text>
        </Link>
      )}
    </ServiceList>
  )
}
