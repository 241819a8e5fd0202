import { useNavigate, useParams } from '@tanstack/react-router'
import { Text } from '@mantine/core'
import { Box } from 'lucide-react'
import { t } from '../i18n/index.ts'
import { ConfirmButton } from '../ui/dialogs.tsx'
import { Trail } from '../ui/link-tabs.tsx'
import { Listing } from '../ui/listing.tsx'
import { CopyText, Facts, Section } from '../ui/pieces.tsx'
import { Loaded } from '../ui/states.tsx'
import { bytesText, momentText } from '../ui/time.tsx'
import { Calls } from './calls.tsx'
import { CloudFrame } from './cloud-frame.tsx'
import type { RepositoryFacts } from './ecr-page.tsx'
import { useChange, useRead, useReadPages } from './operate.ts'
import { ForChangers } from './setting-change.tsx'

interface ImageFacts {
  imageDigest: string
  imageTags?: string[]
  imageSizeInBytes: number
  imagePushedAt: string
}

/** `/cloud/ecr/<repository>`: its images, and how Docker pushes one. */
export function RepositoryPage() {
  const { repository } = useParams({ strict: false }) as { repository: string }
  const query = useRead<{ repositories: RepositoryFacts[] }>('ecr', 'describeRepositories', {
    repositoryNames: [repository],
  })
  const navigate = useNavigate()
  const remove = useChange('ecr', 'deleteRepository', {
    done: () => void navigate({ to: '/cloud/ecr' }),
  })
  return (
    <CloudFrame
      title={
        <Trail to="/cloud/ecr" name="ECR">
          {repository}
        </Trail>
      }
      note={t('store.oneRepository')}
      actions={
        <ConfirmButton
          label={t('ui.delete')}
          text={t('store.deleteRepositoryText', { name: repository })}
          run={() => remove.mutate({ repositoryName: repository, force: true })}
          isBusy={remove.isPending}
        />
      }
    >
      <Loaded query={query}>{({ repositories: [of] }) => of && <Repository of={of} />}</Loaded>
      <Calls service="ecr" />
    </CloudFrame>
  )
}

function Repository({ of }: { of: RepositoryFacts }) {
  const host = of.repositoryUri.slice(0, of.repositoryUri.indexOf('/'))
  const isFixed = of.imageTagMutability.startsWith('IMMUTABLE')
  return (
    <>
      <Facts
        items={[
          ['URI', <Mono key="uri" text={of.repositoryUri} />],
          [t('store.fixed'), t(isFixed ? 'store.fixed_yes' : 'store.fixed_no')],
          [t('cloud.created'), momentText(of.createdAt)],
          ['ARN', <Mono key="arn" text={of.repositoryArn} />],
        ]}
      />
      <Section title={t('store.images')}>
        <Images name={of.repositoryName} />
      </Section>
      <Section title={t('store.push')}>
        <CopyText
          text={`aws ecr get-login-password | docker login --username AWS --password-stdin ${host}\ndocker tag my-image ${of.repositoryUri}:1.0\ndocker push ${of.repositoryUri}:1.0`}
          label={t('store.push')}
        />
      </Section>
    </>
  )
}

const Mono = ({ text }: { text: string }) => <span className="mono">{text}</span>

function Images({ name }: { name: string }) {
  const query = useReadPages<{ imageDetails?: ImageFacts[]; nextToken?: string }>(
    'ecr',
    'describeImages',
    { repositoryName: name, maxResults: 50 },
    { give: 'nextToken', take: 'nextToken' },
  )
  const remove = useChange('ecr', 'batchDeleteImage')
  return (
    <Listing
      query={query}
      items={query.data?.pages.flatMap((page) => page.imageDetails ?? [])}
      empty={{
        icon: <Box size={30} />,
        title: t('store.noImages'),
        text: t('store.noImagesText'),
      }}
    >
      {({ imageDigest, imageTags, imageSizeInBytes, imagePushedAt }) => {
        const called = imageTags?.join(', ') ?? t('store.untagged')
        return (
          <div key={imageDigest} className="row">
            <Box size={18} className="dim" style={{ flex: 'none' }} />
            <div className="grow">
              <Text fw={600} className="ellipsis">
                {called}
              </Text>
              <Text size="sm" className="dim ellipsis">
                {imageDigest.slice(0, 19)} · {bytesText(imageSizeInBytes)} ·{' '}
                {momentText(imagePushedAt)}
              </Text>
            </div>
            <ForChangers>
              <ConfirmButton
                label={t('ui.delete')}
                of={called}
                text={t('store.deleteImageText', { name: called })}
                run={() => remove.mutate({ repositoryName: name, imageIds: [{ imageDigest }] })}
                isBusy={remove.isPending}
              />
            </ForChangers>
          </div>
        )
      }}
    </Listing>
  )
}
