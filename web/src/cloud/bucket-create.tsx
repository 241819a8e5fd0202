import { useState } from 'react'
import { t } from '../i18n/index.ts'
import { FormDialog } from '../ui/dialogs.tsx'
import { NameInput } from './name-input.tsx'
import { useChange } from './operate.ts'
import { useShownRegion } from './region.ts'

// S3's first region: the only one that a bucket is made in by saying nothing.
const UNSAID = 'us-east-1'

/** Makes a bucket in the region that the cloud's pages show. */
export function BucketCreate({ close }: { close: () => void }) {
  const [name, setName] = useState('')
  const region = useShownRegion()
  const create = useChange('s3', 'createBucket', { quiet: true, done: close })
  const place =
    region === UNSAID ? {} : { CreateBucketConfiguration: { LocationConstraint: region } }
  return (
    <FormDialog
      title={t('bucket.create')}
      close={close}
      label={t('ui.create')}
      isBusy={create.isPending || region === undefined}
      error={create.error}
      submit={() => create.mutate({ Bucket: name, ...place })}
    >
      <NameInput hint={t('bucket.nameHint', { region })} name={name} set={setName} />
    </FormDialog>
  )
}
