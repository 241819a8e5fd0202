import { cloudEndpoints } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Text } from '@mantine/core'
import { Database } from 'lucide-react'
import { usePages } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Listing } from '../ui/listing.tsx'
import { Ago } from '../ui/time.tsx'
import { Calls } from './calls.tsx'
import { CloudFrame } from './cloud-frame.tsx'
import { CopyText } from '../ui/pieces.tsx'

export function S3Page() {
  const query = usePages(cloudEndpoints.cloudBucketList, { query: {} })
  const buckets = query.data?.pages.flatMap(({ items }) => items)
  return (
    <CloudFrame
      title="S3"
      note={buckets && t('cloud.bucketCount', { count: buckets.length })}
      explains="s3"
    >
      <Listing
        query={query}
        items={buckets}
        empty={{
          icon: <Database size={30} />,
          title: t('cloud.noBuckets'),
          text: t('cloud.noBucketsText'),
          action: <CopyText text="aws s3 mb s3://my-bucket" label={t('cloud.command')} />,
        }}
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
      </Listing>
      <Calls service="s3" />
    </CloudFrame>
  )
}
