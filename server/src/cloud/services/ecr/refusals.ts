import { AwsError } from '../../gateway/index.ts'
import type { Place } from './model.ts'

const refusal = (code: string) => (message: string) => new AwsError(code, message, { status: 400 })

type Named = Pick<Place, 'account'> & { name: string }

export const invalid = refusal('InvalidParameterException')
export const badParameter = (member: string, constraint: string) =>
  invalid(`Invalid parameter at '${member}' failed to satisfy constraint: '${constraint}'`)
export const noRepository = ({ name, account }: Named) =>
  refusal('RepositoryNotFoundException')(
    `The repository with name '${name}' does not exist in the registry with id '${account}'`,
  )
export const repositoryExists = ({ name, account }: Named) =>
  refusal('RepositoryAlreadyExistsException')(
    `The repository with name '${name}' already exists in the registry with id '${account}'`,
  )
export const notEmpty = ({ name, account }: Named) =>
  refusal('RepositoryNotEmptyException')(
    `The repository with name '${name}' in registry with id '${account}' cannot be deleted because it still contains images`,
  )
export const noImage = (
  { name, account }: Named,
  id: { imageDigest?: string; imageTag?: string },
) =>
  refusal('ImageNotFoundException')(
    `The image with imageId {imageDigest:'${id.imageDigest ?? 'null'}', imageTag:'${id.imageTag ?? 'null'}'} does not exist within the repository with name '${name}' in the registry with id '${account}'`,
  )
export const imageExists = ({ name, account }: Named, digest: string, tag: string | undefined) =>
  refusal('ImageAlreadyExistsException')(
    `Image with digest '${digest}' and tag '${tag ?? 'null'}' already exists in the repository with name '${name}' in registry with id '${account}'`,
  )
export const fixedTagText = (name: string, tag: string) =>
  `The image tag '${tag}' already exists in the '${name}' repository and cannot be overwritten because the tag is immutable.`
export const fixedTag = (name: string, tag: string) =>
  refusal('ImageTagAlreadyExistsException')(fixedTagText(name, tag))
export const noLifecyclePolicy = ({ name, account }: Named) =>
  refusal('LifecyclePolicyNotFoundException')(
    `Lifecycle policy does not exist for the repository with name '${name}' in the registry with id '${account}'`,
  )
export const noPolicy = ({ name, account }: Named) =>
  refusal('RepositoryPolicyNotFoundException')(
    `Repository policy does not exist for the repository with name '${name}' in the registry with id '${account}'`,
  )
export const noLayers = refusal('LayersNotFoundException')
export const noUpload = ({ name, account }: Named, id: string) =>
  refusal('UploadNotFoundException')(
    `Upload with id '${id}' could not be found for the repository with name '${name}' in the registry with id '${account}'`,
  )
export const badPart = ({ name, account }: Named, uploadId: string, last: number) =>
  new AwsError(
    'InvalidLayerPartException',
    `Invalid layer part upload for upload with id '${uploadId}' in the repository with name '${name}' in the registry with id '${account}'`,
    {
      status: 400,
      members: {
        registryId: account,
        repositoryName: name,
        uploadId,
        ...(last >= 0 && { lastValidByteReceived: last }),
      },
    },
  )
export const emptyUpload = () =>
  refusal('EmptyUploadException')('The specified layer upload does not contain any layer parts.')
export const badLayer = () =>
  refusal('InvalidLayerException')(
    'The layer digest calculation performed by Amazon ECR upon receipt of the image layer does not match the digest specified.',
  )
export const layerExists = ({ name, account }: Named, digest: string) =>
  refusal('LayerAlreadyExistsException')(
    `Layer with digest '${digest}' already exists in the repository with name '${name}' in registry with id '${account}'`,
  )
export const badDigest = () =>
  refusal('ImageDigestDoesNotMatchException')(
    'The specified image digest does not match the digest of the manifest.',
  )
export const tooManyTags = () =>
  refusal('TooManyTagsException')('The list of tags on the repository is over the limit.')
export const badTags = refusal('InvalidTagParameterException')
