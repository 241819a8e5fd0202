import { type ComponentProps, type ComponentType, useState } from 'react'
import { t } from '../i18n/index.ts'
import { Listing, NewButton } from '../ui/listing.tsx'
import { Calls } from './calls.tsx'
import { CloudFrame, type ServicePage, serviceName } from './cloud-frame.tsx'

type List<T> = ComponentProps<typeof Listing<T>>

interface Props<T> extends Pick<List<T>, 'query' | 'items' | 'empty' | 'children'> {
  service: ServicePage
  /** So many of them, in words. */
  count: (count: number) => string
  /** How one more is made: the words of the button, and the form it opens. */
  make: { label: string; Form: ComponentType<{ close: () => void }> }
}

/** A service's first page: what there is of it, the way to one more, and who called it of late. */
export function ServiceList<T>({ service, count, make, ...list }: Props<T>) {
  const [isMaking, setMaking] = useState(false)
  const { items, query } = list
  const counted = items && count(items.length)
  return (
    <CloudFrame
      title={serviceName(service)}
      note={counted && (query.hasNextPage ? t('ui.atLeast', { text: counted }) : counted)}
      explains={service}
      actions={<NewButton label={make.label} begin={() => setMaking(true)} />}
    >
      <Listing {...list} />
      <Calls service={service} />
      {isMaking && <make.Form close={() => setMaking(false)} />}
    </CloudFrame>
  )
}
