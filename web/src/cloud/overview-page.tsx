import { useState } from 'react'
import { cloudEndpoints, type CloudOverview } from '@madang/api'
import { Link } from '@tanstack/react-router'
import { Badge, Group, SegmentedControl, Text } from '@mantine/core'
import { useEndpoint } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { Loaded } from '../ui/states.tsx'
import { Calls } from './calls.tsx'
import { CloudFrame, serviceName, servicePages } from './cloud-frame.tsx'
import classes from './cloud.module.css'
import { connectKinds, type ConnectKind, connectText } from './connect-text.ts'
import { OwnKeys } from './own-keys.tsx'
import { CopyText, Facts, Section } from '../ui/pieces.tsx'

export function CloudOverviewPage() {
  const query = useEndpoint(cloudEndpoints.cloudGet, {})
  return (
    <CloudFrame title={t('cloud.title')} note={t('cloud.note')}>
      <Loaded query={query} lines={8}>
        {(cloud) => (
          <>
            <Facts
              items={[
                [
                  t('cloud.endpoint'),
                  <span key="endpoint" className="mono">
                    {cloud.endpointUrl}
                  </span>,
                ],
                [
                  t('cloud.region'),
                  <span key="region" className="mono">
                    {cloud.region}
                  </span>,
                ],
                [
                  t('cloud.account'),
                  <span key="account" className="mono">
                    {cloud.account}
                  </span>,
                ],
                [t('cloud.mode'), <Mode key="mode" mode={cloud.mode} />],
              ]}
            />
            <Connect cloud={cloud} />
            <OwnKeys />
            <Services services={cloud.services} />
          </>
        )}
      </Loaded>
      <Calls />
    </CloudFrame>
  )
}

function Mode({ mode }: { mode: CloudOverview['mode'] }) {
  return (
    <Group gap="xs">
      <Badge variant="light" radius="sm" tt="none" color={mode === 'open' ? 'yellow' : 'celadon'}>
        {t(`cloud.mode_${mode}`)}
      </Badge>
      <Text size="sm" className="dim">
        {t(`cloud.modeText_${mode}`)}
      </Text>
    </Group>
  )
}

function Connect({ cloud }: { cloud: CloudOverview }) {
  const [kind, setKind] = useState<ConnectKind>('shell')
  const data = connectKinds.map((value) => ({ value, label: t(`cloud.connect_${value}`) }))
  return (
    <Section
      title={t('cloud.connect')}
      right={
        <SegmentedControl
          size="xs"
          data={data}
          value={kind}
          onChange={(value) => setKind(value as ConnectKind)}
          aria-label={t('cloud.connect')}
        />
      }
    >
      <CopyText text={connectText(kind, cloud)} label={t(`cloud.connect_${kind}`)} />
      {cloud.mode === 'strict' && (
        <Text size="sm" className="dim" mt={6}>
          {t('cloud.connectStrict')}
        </Text>
      )}
    </Section>
  )
}

function Services({ services }: { services: CloudOverview['services'] }) {
  return (
    <Section title={t('cloud.services')}>
      <div className={classes['tiles']}>
        {services.map((service) => (
          <ServiceTile key={service.id} service={service} />
        ))}
      </div>
    </Section>
  )
}

function ServiceTile({ service }: { service: CloudOverview['services'][number] }) {
  const page = servicePages.find(({ id }) => id === service.id)
  const part = service.total === 0 ? 0 : Math.round((service.built / service.total) * 100)
  const body = (
    <>
      <strong>{serviceName(service.id)}</strong>
      <Text component="span" size="sm" className="dim">
        {t('cloud.operations', { built: service.built, total: service.total })}
      </Text>
      <div className={classes['bar']} aria-hidden>
        <span style={{ width: `${part}%` }} />
      </div>
    </>
  )
  const className = `card ${classes['tile']}`
  if (!page) return <div className={className}>{body}</div>
  return (
    <Link to={`/cloud/${page.id}`} className={className}>
      {body}
    </Link>
  )
}
