import { releasesEndpoints } from '@madang/api'
import { Switch } from '@mantine/core'
import { useAction, useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Section } from '../ui/pieces.tsx'
import { Loaded } from '../ui/states.tsx'
import type { OfRepo } from './of-repo.ts'

/** Whether what a pull request's runs deployed goes when it is merged or declined. */
export function PreviewRule({ params }: OfRepo) {
  const query = useEndpoint(releasesEndpoints.previewRuleGet, { params })
  const set = useAction(releasesEndpoints.previewRuleSet)
  return (
    <Section title={t('repo.previews')}>
      <Loaded query={query} lines={2}>
        {({ removesClosed }) => (
          <div className="card" style={{ padding: 16 }}>
            <Switch
              label={t('repo.previewsGo')}
              description={t('repo.previewsGoHint')}
              checked={removesClosed}
              disabled={set.isPending}
              onChange={(event) => {
                set.mutate({ params, body: { removesClosed: event.currentTarget.checked } })
              }}
            />
          </div>
        )}
      </Loaded>
    </Section>
  )
}
