import type { CloudObject } from '@madang/api'
import { cloudEndpoints } from '@madang/api'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { ActionIcon, Text } from '@mantine/core'
import { Download, File, Folder, FolderOpen } from 'lucide-react'
import { usePages } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { ConfirmButton } from '../ui/dialogs.tsx'
import { Empty, Failure } from '../ui/states.tsx'
import { Ago, bytesText } from '../ui/time.tsx'
import { BucketSettings } from './bucket-settings.tsx'
import { UploadButton, UploadState, useUpload } from './bucket-upload.tsx'
import { CloudFrame } from './cloud-frame.tsx'
import { objectAddress } from './object-address.ts'
import { useChange } from './operate.ts'
import { ForChangers } from './setting-change.tsx'
import { Trail } from '../ui/link-tabs.tsx'
import { CopyText, MoreButton } from '../ui/pieces.tsx'

/** `/cloud/s3/<bucket>/<prefix…>`: what a bucket holds, one level of its keys at a time. */
export function BucketPage() {
  const given = useParams({ strict: false }) as { bucket: string; _splat?: string }
  const bucket = given.bucket
  const prefix = given._splat ? given._splat.replace(/\/*$/, '/') : ''
  const query = usePages(cloudEndpoints.cloudObjectList, {
    params: { bucket },
    query: { prefix },
  })
  const uploading = useUpload(bucket, prefix)
  const objects = query.data?.pages
    .flatMap(({ items }) => items)
    .filter(({ key }) => key !== prefix)
  return (
    <CloudFrame
      title={
        <Trail to="/cloud/s3" name="S3">
          <Crumbs bucket={bucket} prefix={prefix} />
        </Trail>
      }
      note={objects && t('cloud.objectCount', { count: objects.length })}
      actions={
        <>
          {prefix === '' && <BucketDelete bucket={bucket} />}
          <UploadButton uploading={uploading} />
        </>
      }
    >
      <UploadState uploading={uploading} />
      {query.error && <Failure error={query.error} retry={() => void query.refetch()} />}
      {objects?.length === 0 && (
        <div className="card">
          <Empty
            icon={<FolderOpen size={30} />}
            title={t('cloud.noObjects')}
            text={t('cloud.noObjectsText')}
            action={
              <CopyText
                text={`aws s3 cp ./file s3://${bucket}/${prefix}`}
                label={t('cloud.command')}
              />
            }
          />
        </div>
      )}
      {objects && objects.length > 0 && (
        <div className="card rows">
          {objects.map((object) => (
            <ObjectRow key={object.key} bucket={bucket} prefix={prefix} object={object} />
          ))}
        </div>
      )}
      <MoreButton query={query} />
      {prefix === '' && <BucketSettings bucket={bucket} />}
    </CloudFrame>
  )
}

function BucketDelete({ bucket }: { bucket: string }) {
  const navigate = useNavigate()
  const remove = useChange('s3', 'deleteBucket', {
    done: () => void navigate({ to: '/cloud/s3' }),
  })
  return (
    <ConfirmButton
      label={t('ui.delete')}
      text={t('bucket.deleteText', { name: bucket })}
      run={() => remove.mutate({ Bucket: bucket })}
      isBusy={remove.isPending}
    />
  )
}

function Crumbs({ bucket, prefix }: { bucket: string; prefix: string }) {
  const parts = prefix.split('/').filter(Boolean)
  if (parts.length === 0) return <>{bucket}</>
  return (
    <>
      <Link
        to="/cloud/s3/$bucket"
        params={{ bucket }}
        className="dim"
        style={{ textDecoration: 'none' }}
      >
        {bucket}
      </Link>
      {parts.map((part, index) => {
        const path = parts.slice(0, index + 1).join('/')
        const isLast = index === parts.length - 1
        return (
          <span key={path}>
            <span className="dim"> / </span>
            {isLast ? (
              part
            ) : (
              <Link
                to="/cloud/s3/$bucket/$"
                params={{ bucket, _splat: path }}
                className="dim"
                style={{ textDecoration: 'none' }}
              >
                {part}
              </Link>
            )}
          </span>
        )
      })}
    </>
  )
}

interface RowProps {
  bucket: string
  prefix: string
  object: CloudObject
}

function ObjectRow({ bucket, prefix, object }: RowProps) {
  const name = object.key.slice(prefix.length)
  const remove = useChange('s3', 'deleteObject')
  if (object.sizeBytes === undefined) {
    return (
      <Link
        to="/cloud/s3/$bucket/$"
        params={{ bucket, _splat: object.key.slice(0, -1) }}
        className="row"
      >
        <Folder size={18} color="var(--mantine-primary-color-filled)" style={{ flex: 'none' }} />
        <Text fw={600} className="grow ellipsis">
          {name}
        </Text>
      </Link>
    )
  }
  return (
    <div className="row">
      <File size={18} className="dim" style={{ flex: 'none' }} />
      <Text className="grow ellipsis" title={object.key}>
        {name}
      </Text>
      <Text size="sm" className="dim" ta="right" style={{ flex: 'none' }}>
        {bytesText(object.sizeBytes)}
        <br />
        {object.modifiedAt && <Ago at={object.modifiedAt} />}
      </Text>
      <ActionIcon
        component="a"
        href={objectAddress(bucket, object.key)}
        download
        variant="default"
        size="lg"
        aria-label={`${t('cloud.download')}: ${name}`}
      >
        <Download size={16} />
      </ActionIcon>
      <ForChangers>
        <ConfirmButton
          label={t('ui.delete')}
          of={name}
          text={t('bucket.deleteObjectText', { name, bucket })}
          run={() => remove.mutate({ Bucket: bucket, Key: object.key })}
          isBusy={remove.isPending}
        />
      </ForChangers>
    </div>
  )
}
