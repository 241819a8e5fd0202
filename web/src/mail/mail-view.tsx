import { mailEndpoints, type MailMessage } from '@madang/api'
import { Group, Tabs, Text } from '@mantine/core'
import { useAction } from '../api/hooks.ts'
import { t } from '../i18n/index.ts'
import { ConfirmButton } from '../ui/dialogs.tsx'
import { Facts } from '../ui/pieces.tsx'
import { bytesText, momentText } from '../ui/time.tsx'
import { MailState } from './mail-state.tsx'

interface Props {
  mail: MailMessage
  mayDelete: boolean
  close: () => void
}

/** One message with its head; its HTML only in a frame where nothing runs and nothing is fetched. */
export function MailView({ mail, mayDelete, close }: Props) {
  const remove = useAction(mailEndpoints.mailDelete, { done: close })
  return (
    <>
      <MailHead mail={mail} />
      <div style={{ marginTop: 14 }}>
        <Body mail={mail} />
      </div>
      {mail.attachments.length > 0 && (
        <Text size="sm" className="dim" mt="sm">
          {t('mail.attachments')}:{' '}
          {mail.attachments.map((it) => `${it.name} (${bytesText(it.sizeBytes)})`).join(', ')}
        </Text>
      )}
      {mayDelete && (
        <Group justify="flex-end" mt="md">
          <ConfirmButton
            size="xs"
            label={t('ui.delete')}
            text={t('mail.deleteText', { subject: mail.subject })}
            isBusy={remove.isPending}
            run={() => remove.mutate({ params: { mail: mail.id } })}
          />
        </Group>
      )}
    </>
  )
}

function MailHead({ mail }: { mail: MailMessage }) {
  return (
    <Facts
      items={[
        [t('mail.from'), mail.from],
        [t('mail.recipients'), mail.to.join(', ')],
        [t('mail.cc'), mail.cc.join(', ')],
        [t('mail.bcc'), mail.bcc.join(', ')],
        [t('mail.replyTo'), mail.replyTo],
        [t('mail.at'), momentText(mail.at)],
        [t('mail.source'), mail.source],
        [t('mail.project'), mail.project],
        [t('mail.state'), <MailState key="state" state={mail.state} />],
        [t('mail.why'), mail.error],
      ]}
    />
  )
}

function Body({ mail }: { mail: MailMessage }) {
  const { text, html } = mail
  if (html === undefined) return <PlainText text={text ?? ''} />
  if (text === undefined) return <HtmlFrame html={html} />
  return (
    <Tabs defaultValue="text" keepMounted={false}>
      <Tabs.List mb="sm">
        <Tabs.Tab value="text">{t('mail.asText')}</Tabs.Tab>
        <Tabs.Tab value="html">{t('mail.asHtml')}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="text">
        <PlainText text={text} />
      </Tabs.Panel>
      <Tabs.Panel value="html">
        <HtmlFrame html={html} />
      </Tabs.Panel>
    </Tabs>
  )
}

/** Links are what one confirms a subscription with. */
function PlainText({ text }: { text: string }) {
  if (text.trim() === '') return <Text className="dim">{t('mail.noText')}</Text>
  return (
    <Text component="div" style={{ whiteSpace: 'pre-wrap' }}>
      {text.split(/(https?:\/\/[^\s<>"]+)/).map((piece, index) =>
        index % 2 === 0 ? (
          piece
        ) : (
          <a key={index} href={piece} target="_blank" rel="noreferrer noopener">
            {piece}
          </a>
        ),
      )}
    </Text>
  )
}

const onlyStyles =
  '<meta http-equiv="Content-Security-Policy" ' +
  "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">"

function HtmlFrame({ html }: { html: string }) {
  return (
    <iframe
      title={t('mail.htmlFrame')}
      sandbox="allow-popups"
      srcDoc={`${onlyStyles}<base target="_blank">${html}`}
      style={{ width: '100%', height: '50vh', border: 0, borderRadius: 10, background: '#fff' }}
    />
  )
}
